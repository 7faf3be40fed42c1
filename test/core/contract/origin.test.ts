import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkOrigins, type Origins, originRejection } from "../../../src/core/contract/origin.ts";

function rejection(origins: Origins | undefined, headers: Record<string, string>, url = "http://app.example/ws") {
  return originRejection(origins, { url, headers: new Headers(headers) });
}

describe("by default, a page", () => {
  it.each([
    ["https://app.example", "app.example"],
    ["http://app.example", "app.example"],
    ["https://APP.example", "app.EXAMPLE"],
    ["https://app.example:443", "app.example"],
    ["https://app.example", "app.example:443"],
    ["http://app.example", "app.example:80"],
    ["http://localhost:3000", "localhost:3000"],
    ["http://[::1]:3000", "[0:0::1]:3000"],
    ["capacitor://localhost", "localhost"],
  ])("of %s may connect to Host %s", (origin, host) => {
    expect(rejection(undefined, { origin, host })).toBeUndefined();
  });

  it.each([
    ["https://evil.example", "app.example"],
    ["https://app.example.evil.example", "app.example"],
    ["https://evilapp.example", "app.example"],
    ["https://app.example", "sub.app.example"],
    ["https://app.example:8443", "app.example"],
    ["https://app.example", "app.example:80"],
    ["http://localhost:3000", "localhost"],
    ["http://localhost:3000", "127.0.0.1:3000"],
    ["null", "app.example"],
    ["null", "null"],
    ["", "app.example"],
    ["app.example", "app.example"],
    ["https://app.example/", "app.example"],
    ["https://app.example, https://evil.example", "app.example"],
    ["https://app.example@evil.example", "app.example"],
    ["https://app.example", "evil@app.example"],
    ["https://app.example", ""],
    ["https://app.example", "/"],
    ["https://", ""],
    ["/", "/"],
  ])("of %j may not connect to Host %j", (origin, host) => {
    expect(rejection(undefined, { origin, host })).toBeTypeOf("string");
  });

  it("is compared with the URL where there is no Host", () => {
    expect(rejection(undefined, { origin: "https://app.example" })).toBeUndefined();
    expect(rejection(undefined, { origin: "https://evil.example" })).toBeTypeOf("string");
    expect(rejection(undefined, { origin: "https://evil.example" }, "not a URL")).toBeTypeOf("string");
  });
});

describe("a client without Origin", () => {
  it.each<[string, Origins | undefined]>([
    ["no origins", undefined],
    ["a star", "*"],
    ["a list", ["https://app.example"]],
    ["an empty list", []],
    ["a function", () => false],
  ])("may connect with %s", (_, origins) => {
    expect(rejection(origins, { host: "app.example" })).toBeUndefined();
  });
});

describe("a star", () => {
  it.each(["https://evil.example", "null", "nonsense"])("lets %s connect", (origin) => {
    expect(rejection("*", { origin, host: "app.example" })).toBeUndefined();
  });
});

describe("a list", () => {
  const list = ["https://App.example:443", "http://localhost:3000", "null", "chrome-extension://abcdef"];

  it.each(["https://app.example", "HTTPS://APP.EXAMPLE", "http://localhost:3000", "null", "chrome-extension://abcdef"])(
    "lets %s connect",
    (origin) => {
      expect(rejection(list, { origin, host: "other.example" })).toBeUndefined();
    },
  );

  it.each(["http://app.example", "https://app.example:80", "https://localhost:3000", "http://localhost", "nonsense"])(
    "keeps %s out, since scheme and port count",
    (origin) => {
      expect(rejection(list, { origin, host: "other.example" })).toBeTypeOf("string");
    },
  );

  it("replaces the default: a page of the same host must be on it too", () => {
    expect(rejection(list, { origin: "https://own.example", host: "own.example" })).toBeTypeOf("string");
  });

  it("keeps null out unless it names it", () => {
    expect(rejection(["https://app.example"], { origin: "null", host: "app.example" })).toBeTypeOf("string");
  });
});

describe("a function", () => {
  it("decides by the origin and the headers", () => {
    const origins: Origins = (origin, { headers }) => origin === "null" && headers.get("x-app") === "1";
    expect(rejection(origins, { origin: "null", "x-app": "1" })).toBeUndefined();
    expect(rejection(origins, { origin: "null" })).toBeTypeOf("string");
  });

  it("allows by true alone, so that a promise refuses", () => {
    const origins = (async () => true) as unknown as Origins;
    expect(rejection(origins, { origin: "https://app.example", host: "app.example" })).toBeTypeOf("string");
  });

  it("that throws throws to the caller", () => {
    const origins: Origins = () => {
      throw new RangeError("mine");
    };
    expect(() => rejection(origins, { origin: "https://app.example" })).toThrow(RangeError);
  });
});

describe("what the log is told", () => {
  const page = { origin: "https://app.example", host: "10.0.0.7:8080" };
  const fix = "proxy_set_header Host $host;";

  it("names both hosts", () => {
    expect(rejection(undefined, page)).toContain('"https://app.example"');
    expect(rejection(undefined, page)).toContain('"10.0.0.7:8080"');
  });

  it.each([
    { "x-forwarded-host": "app.example" },
    { "x-forwarded-host": "APP.example:443" },
    { "x-forwarded-host": "app.example, inner.example" },
    { forwarded: "for=192.0.2.1;host=app.example;proto=https" },
    { forwarded: 'for=192.0.2.1, for=192.0.2.2; Host="app.example"' },
  ])("has the proxy's fix where %j shows that it rewrites Host", (forwarded) => {
    expect(rejection(undefined, { ...page, ...forwarded })).toContain(fix);
  });

  it("keeps the port in the fix where the origin has one", () => {
    const headers = { origin: "http://localhost:3000", host: "backend", "x-forwarded-host": "localhost:3000" };
    expect(rejection(undefined, headers)).toContain("proxy_set_header Host $http_host;");
  });

  it.each([
    {},
    { "x-forwarded-host": "other.example" },
    { forwarded: "for=192.0.2.1;xhost=app.example" },
    { origin: "nonsense", "x-forwarded-host": "?" },
  ])("has no such fix for %j", (headers) => {
    expect(rejection(undefined, { ...page, ...headers })).not.toContain("proxy_set_header");
  });

  it("has no such fix where a list decides", () => {
    const headers = { ...page, "x-forwarded-host": "app.example" };
    expect(rejection(["https://other.example"], headers)).not.toContain("proxy_set_header");
  });

  it("escapes control characters", () => {
    const told = rejection(undefined, { origin: "\u001b[31m", host: "a\tb" });
    expect(told).not.toContain("\u001b");
    expect(told).not.toContain("\t");
  });
});

describe("the check of a definition's origins", () => {
  it.each<Origins | undefined>([
    undefined,
    "*",
    [],
    ["null"],
    ["https://app.example", "http://localhost:3000", "http://[::1]:3000", "tauri://localhost"],
    () => true,
  ])("accepts %j", (origins) => {
    expect(() => checkOrigins(origins)).not.toThrow();
  });

  it.each([
    "",
    "*",
    "app.example",
    "https://",
    "https://app.example/",
    "https://app.example/path",
    "https://app.example?query",
    "https://user@app.example",
    "https://*.example",
    "https://app.example:99999",
    " https://app.example",
    "Null",
  ])("throws a TypeError that names the entry %j", (entry) => {
    expect(() => checkOrigins([entry])).toThrow(TypeError);
    expect(() => checkOrigins([entry])).toThrow(JSON.stringify(entry));
  });

  it.each(["https://app.example", 1, null, {}])("throws a TypeError for %j, which is no list", (origins) => {
    expect(() => checkOrigins(origins as unknown as Origins)).toThrow(TypeError);
  });
});

describe("any Origin and Host", () => {
  it("are judged without a throw, and differing hosts refused", () => {
    const value = fc.string({ unit: fc.constantFrom(..."ab:/.@[]0 ?#\\%*") });
    fc.assert(
      fc.property(value, value, (origin, host) => {
        const headers = new Map([
          ["origin", origin],
          ["host", host],
        ]);
        const source = {
          get: (name: string) => headers.get(name) ?? null,
          forEach: headers.forEach.bind(headers),
          [Symbol.iterator]: () => headers.entries(),
        };
        const told = originRejection(undefined, { url: "http://x/", headers: source });
        expect(told !== undefined || origin.endsWith(host)).toBe(true);
      }),
    );
  });

  it("are read in linear time", () => {
    const long = "a".repeat(1_000_000);
    expect(
      rejection(undefined, { origin: long, host: long, forwarded: `host="${long}`, "x-forwarded-host": `${long},` }),
    ).toBeTypeOf("string");
    expect(
      rejection(undefined, {
        origin: `https://${"a.".repeat(1_000_000)}`,
        host: "a",
        forwarded: 'host=" '.repeat(100_000),
      }),
    ).toBeTypeOf("string");
  });
});
