import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkOrigins, type Origins, type Peer } from "../../../src/core/contract/origin.ts";
import { refusedOrigin } from "../../../src/core/contract/origin-advice.ts";
import { originRejection } from "../../../src/core/contract/origin-check.ts";

function rejection(
  origins: Origins | undefined,
  headers: Record<string, string>,
  url = "http://app.example/ws",
  peer?: Peer,
) {
  return originRejection({ origins, originAdvice: refusedOrigin }, { url, headers: new Headers(headers), peer });
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
    ["https://app.example", "app.example:80"],
    ["http://app.example", "app.example:443"],
    ["https://app.example:80", "app.example"],
    ["http://app.example:443", "app.example:80"],
    ["https://[::1]", "[::1]:80"],
    ["ws://app.example", "app.example:443"],
    ["wss://app.example:3000", "app.example:3000"],
  ])("of %s may connect to Host %s", (origin, host) => {
    expect(rejection(undefined, { origin, host })).toBeUndefined();
  });

  it.each([
    ["https://evil.example", "app.example"],
    ["https://app.example.evil.example", "app.example"],
    ["https://evilapp.example", "app.example"],
    ["https://app.example", "sub.app.example"],
    ["https://app.example:8443", "app.example"],
    ["https://app.example", "app.example:8080"],
    ["https://app.example:8443", "app.example:443"],
    ["http://localhost:3000", "localhost"],
    ["http://localhost:3000", "127.0.0.1:3000"],
    ["file://", "app.example"],
    ["content://", "app.example"],
    ["https://app.example/app.example", "app.example"],
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

describe("a page whose proxy rewrites Host", () => {
  const from = (hosts: readonly string[] | undefined): Peer => ({ address: "10.0.0.7", hosts: () => hosts });
  const page = { origin: "https://app.example", host: "backend:3000" };

  it.each([[["app.example"]], [["APP.example:443"]], [["app.example:80"]], [["inner.example", "app.example"]]])(
    "may connect when a proxy of ours says that the client asked for %j",
    (hosts) => {
      expect(rejection(undefined, page, undefined, from(hosts))).toBeUndefined();
    },
  );

  it.each([[undefined], [[]], [["other.example"]], [["app.example:8080"]], [["app.example/"]], [["u@app.example"]]])(
    "may not when it says %j",
    (hosts) => {
      expect(rejection(undefined, page, undefined, from(hosts))).toBeTypeOf("string");
    },
  );

  it("is judged by the list alone where there is one", () => {
    expect(rejection(["https://other.example"], page, undefined, from(["app.example"]))).toBeTypeOf("string");
  });
});

describe("a list", () => {
  it.each([
    ["file://", "file://"],
    ["file://", "FILE:///"],
    ["content://", "content://"],
    ["null", "null"],
    ["wss://app.example", "https://app.example"],
    ["WSS://app.example", "https://app.example"],
    ["capacitor://LocalHost", "capacitor://localhost"],
    ["ws://app.example:3000", "http://app.example:3000"],
    ["https://app.example", "wss://app.example"],
    ["https://app.example:443", "wss://app.example"],
    ["http://app.example:80", "http://app.example"],
    ["https://app.example/", "https://app.example"],
    ["https://app.example", "https://app.example/"],
    ["https://charger.example/library", "https://charger.example/library"],
    ["https://charger.example/library", "HTTPS://Charger.example:443/library"],
    ["file:///android_asset/www/index.html", "file:///android_asset/www/index.html"],
    ["app://-", "app://-"],
    ["capacitor://localhost", "capacitor://localhost"],
  ])("of %j lets %j connect", (entry, origin) => {
    expect(() => checkOrigins([entry])).not.toThrow();
    expect(rejection([entry], { origin, host: "other.example" })).toBeUndefined();
  });

  it.each([
    ["file://", "null"],
    ["file://", "content://"],
    ["file://", "file:///android_asset/www/index.html"],
    ["wss://app.example", "http://app.example"],
    ["ws://app.example:443", "https://app.example"],
    ["https://charger.example/library", "https://charger.example"],
    ["https://charger.example", "https://charger.example/library"],
    ["https://charger.example/library", "https://charger.example/Library"],
  ])("of %j keeps %j out", (entry, origin) => {
    expect(rejection([entry], { origin, host: "other.example" })).toBeTypeOf("string");
  });

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

  it("keeps out what is no origin, though it were listed unchecked", () => {
    expect(rejection(["nonsense"], { origin: "nonsense", host: "app.example" })).toBeTypeOf("string");
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
  const fix = "proxy_set_header Host $http_host;";

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

  it("names the proxy to believe, where the peer is known and is not believed yet", () => {
    const forwarded = { ...page, "x-forwarded-host": "app.example" };
    const peer = (hosts?: readonly string[]): Peer => ({ address: "10.0.0.7", hosts: () => hosts });
    expect(rejection(undefined, forwarded, undefined, peer())).toContain('proxies: trustProxies(["10.0.0.7"])');
    expect(rejection(undefined, forwarded, undefined, peer([]))).not.toContain("proxies:");
    expect(rejection(undefined, forwarded)).not.toContain("proxies:");
    expect(rejection(undefined, page, undefined, peer())).not.toContain("proxies:");
  });

  it("names the header to read, where a proxy of ours sets the other one", () => {
    const peer: Peer = { address: "10.0.0.7", hosts: () => [] };
    expect(rejection(undefined, { ...page, forwarded: "host=app.example" }, undefined, peer)).toContain(
      'header: "forwarded"',
    );
    expect(rejection(undefined, { ...page, "x-forwarded-host": "app.example" }, undefined, peer)).toContain(
      'header: "x-forwarded-for"',
    );
  });

  it.each<[origin: string, host: string, difference: RegExp]>([
    ["http://localhost:5173", "localhost:3000", /only the port differs/],
    ["http://localhost", "localhost:3000", /only the port differs/],
    ["https://localhost:5173", "localhost:3000", /only the port differs/],
    ["http://127.0.0.53:3000", "127.1.20.255:3000", /both are this machine, but two hosts to a browser/],
    ["http://localhost:3000", "127.0.0.1:3000", /both are this machine, but two hosts to a browser/],
    ["http://127.0.0.1:3000", "[::1]:3000", /both are this machine, but two hosts to a browser/],
    ["http://app.localhost:3000", "localhost:3000", /both are this machine, but two hosts to a browser/],
    ["http://localhost:5173", "127.0.0.1:3000", /both are this machine, but two hosts to a browser/],
  ])("says how little %s differs from Host %s", (origin, host, difference) => {
    expect(rejection(undefined, { origin, host })).toMatch(difference);
  });

  it.each<[origin: string, entry: string, difference: RegExp]>([
    ["http://localhost:5173", "http://localhost:3000", /"http:\/\/localhost:3000" is listed: only the port differs/],
    ["http://app.example", "https://app.example", /"https:\/\/app\.example" is listed: only the scheme differs/],
    ["http://127.0.0.1:3000", "http://localhost:3000", /"http:\/\/localhost:3000" is listed: both are this machine/],
    [
      "https://app.example",
      "https://app.example/chat",
      /"https:\/\/app\.example\/chat" is listed: only the path differs/,
    ],
    ["https://charger.example/library", "https://charger.example", /is listed: only the path differs/],
  ])("says how little %s differs from what is listed, %s", (origin, entry, difference) => {
    expect(rejection(["https://other.example", entry], { origin, host: "other.example" })).toMatch(difference);
  });

  it.each([
    ["https://app.example", "other.example"],
    ["https://app.example:8443", "other.example:3000"],
    ["http://localhost.example", "localhost"],
    ["http://127.0.0.1.example:3000", "127.0.0.1:3000"],
    ["null", "localhost"],
    ["nonsense", "nonsense"],
  ])("says nothing of the kind for %s and %s", (origin, host) => {
    expect(rejection(undefined, { origin, host })).not.toMatch(/differs|this machine/);
    expect(rejection([`http://${host}`], { origin, host })).not.toMatch(/differs|this machine/);
  });

  it("says nothing of the kind where two things differ", () => {
    expect(rejection(["http://app.example"], { origin: "https://app.example:8443", host: "a" })).not.toMatch(/differs/);
  });

  it("is one sentence, and one line to add", () => {
    const told = rejection(undefined, { origin: "http://localhost:5173", host: "localhost:3000" });
    expect(told).toBe(
      'Origin "http://localhost:5173" is not allowed for Host "localhost:3000": only the port differs. origins: ["http://localhost:5173"] lets it in, and pages of the same host only if they are listed too',
    );
    expect(rejection(["https://a.example"], { origin: "https://b.example", host: "c" })).toBe(
      'Origin "https://b.example" is not allowed for Host "c". origins: ["https://a.example","https://b.example"] lets it in',
    );
    expect(rejection(undefined, { origin: "null", host: "c" })).toBe(
      'Origin "null" is not allowed for Host "c". It is that of every sandboxed page: origins: ["null"] lets all of them in, and pages of the same host only if they are listed too',
    );
  });

  it("repeats a list of eight, and of a longer one names what is new", () => {
    const list = Array.from({ length: 8 }, (_, i) => `https://${i}.example`);
    const headers = { origin: "https://new.example", host: "c" };
    expect(rejection(list, headers)).toMatch(
      /origins: \["https:\/\/0\.example",.*,"https:\/\/new\.example"\] lets it in$/,
    );
    expect(rejection([...list, "https://8.example"], headers)).toMatch(
      /origins: \["https:\/\/new\.example"\] lets it in beside the others$/,
    );
  });

  it.each<[origin: string, origins: Origins | undefined, line: string]>([
    ["http://localhost:5173", undefined, 'origins: ["http://localhost:5173"]'],
    ["HTTPS://App.example:443", undefined, 'origins: ["https://app.example"]'],
    ["wss://app.example", undefined, 'origins: ["https://app.example"]'],
    ["file://", undefined, 'origins: ["file://"]'],
    ["null", ["https://a.example"], 'origins: ["https://a.example","null"]'],
    ["https://b.example/library", ["https://a.example"], 'origins: ["https://a.example","https://b.example/library"]'],
  ])("has the line to add for %s", (origin, origins, line) => {
    expect(rejection(origins, { origin, host: "app.test" })).toContain(line);
  });

  it("says that a list takes the place of the rule of the same host, where there is none yet", () => {
    const headers = { origin: "http://localhost:5173", host: "localhost:3000" };
    expect(rejection(undefined, headers)).toMatch(/pages of the same host only if they are listed too/);
    expect(rejection([], headers)).not.toMatch(/same host/);
  });

  it.each([
    "nonsense",
    "app.example",
    "https://app.example?x",
    "https://*",
    "https://u@app.example",
    "https://a:99999",
  ])("advises a function for %s, which can't be listed", (origin) => {
    const told = rejection(undefined, { origin, host: "app.example" });
    expect(told).not.toMatch(/origins: \[/);
    expect(told).toMatch(/a function in origins/);
  });

  it("says what a function gave instead of true", () => {
    const told = (origins: unknown) => rejection(origins as Origins, { origin: "https://a.example", host: "b" });
    expect(told(() => false)).toMatch(/the function in origins returned false/);
    expect(told(() => undefined)).toMatch(/returned nothing, and only true allows/);
    expect(told(() => ({}))).toMatch(/returned an object, and only true allows/);
    expect(told(() => null)).toMatch(/returned an object, and only true allows/);
    expect(told(() => 1)).toMatch(/returned a number, and only true allows/);
    expect(told(async () => true)).toMatch(/returned a promise, and only true allows/);
  });

  it("is short, however long the Origin", () => {
    const long = `https://${"a".repeat(60)}.example/${"b".repeat(16_000)}`;
    const told = rejection(undefined, { origin: long, host: `${"c".repeat(16_000)}/` });
    expect(told!.length).toBeLessThan(1200);
    expect(told).toContain(`"https://${"a".repeat(60)}.example/bbbb`);
  });

  it.each([
    {},
    { "x-forwarded-host": "other.example" },
    { forwarded: "for=192.0.2.1;xhost=app.example" },
    { origin: "nonsense", "x-forwarded-host": "?" },
  ])("has no such fix for %j", (headers) => {
    expect(rejection(undefined, { ...page, ...headers })).not.toContain("proxy_set_header");
  });

  it("has no such fix where a list decides, which Host does not enter into", () => {
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
    ["https://app.example/", "https://app.example/path", "file://", "file:///x", "content://", "wss://app.example"],
    () => true,
  ])("accepts %j", (origins) => {
    expect(() => checkOrigins(origins)).not.toThrow();
  });

  it.each([
    "",
    "*",
    "app.example",
    "https://",
    "https://app.example?query",
    "https://app.example/path?query",
    "https://app.example/#",
    "file:",
    "https:app.example",
    "https:///app.example",
    "https://app.example\\path",
    "https://app.example/a b",
    "https://app.example\u0000",
    "https://user@app.example",
    "https://*.example",
    "https://app.example:99999",
    " https://app.example",
    "Null",
  ])("throws a TypeError that names the entry %j", (entry) => {
    expect(() => checkOrigins([entry])).toThrow(TypeError);
    expect(() => checkOrigins([entry])).toThrow(JSON.stringify(entry));
  });

  it("says what was meant", () => {
    expect(() => checkOrigins(["app.example"])).toThrow('write "https://app.example"');
    expect(() => checkOrigins(["localhost:3000"])).toThrow('write "https://localhost:3000"');
    expect(() => checkOrigins(["https://*.example"])).toThrow("a function");
    expect(() => checkOrigins(["https://app.example?query"])).toThrow('write "https://app.example"');
    expect(() => checkOrigins(["Null"])).toThrow('write "null"');
    expect(() => checkOrigins([" "])).toThrow('write "https://app.example.com"');
    expect(() => checkOrigins([["https://app.example"]] as never)).toThrow('write "https://app.example"');
    expect(() => checkOrigins("https://app.example" as never)).toThrow('"*", a list or a function');
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
        const told = originRejection({ originAdvice: refusedOrigin }, { url: "http://x/", headers: source });
        expect(told !== undefined || origin.includes(host.replace(/:[\d]*$/, ""))).toBe(true);
      }),
    );
  });

  it("of a refused one the log's line can be pasted, and lets it in", () => {
    const scheme = fc.constantFrom("https://", "wss://", "FILE://", "content://", "app+x://", "http://");
    const rest = fc.string({ unit: fc.constantFrom(..."aB:/.[]0%~é'\"\\") });
    const listed = fc.subarray(["https://a.example", "null", "file:///x"]);
    fc.assert(
      fc.property(scheme, rest, fc.option(listed, { nil: undefined }), (start, end, origins) => {
        const origin = start + end;
        const headers = { origin, host: "other.example" };
        if (/[^\x20-\xff]/.test(origin)) return;
        const line = /origins: (\[.*?\])(?: |$)/.exec(rejection(origins, headers) ?? "")?.[1];
        if (line === undefined) return;
        const pasted: string[] = JSON.parse(line);
        expect(() => checkOrigins(pasted)).not.toThrow();
        expect(rejection(pasted, headers)).toBeUndefined();
        expect(pasted).toEqual([...(origins ?? []), pasted.at(-1)]);
      }),
      { numRuns: 2000 },
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
