import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { type Failure, type FailureCode, failureResponse } from "../../../src/core/contract/failures.ts";
import { refusedOrigin } from "../../../src/core/contract/origin-advice.ts";
import {
  cloudflareProfile,
  type Handshake,
  type HandshakeProfile,
  type HandshakeRequest,
  type HandshakeRules,
  HTTP1,
  HTTP2,
  IN_PROCESS,
  isHandshakeAttempt,
  validateHandshake,
} from "../../../src/core/upgrade/validate.ts";

/** The key of RFC 6455 §1.3. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

const VALID = {
  host: "app.example",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": KEY,
  "sec-websocket-version": "13",
};

function limited(limits: Partial<HandshakeRules["limits"]>): Pick<HandshakeRules, "limits"> {
  return { limits: { ...RULES.limits, ...limits } };
}

const RULES: HandshakeRules = { limits: { headerBytes: 4096, urlBytes: 128 } };

interface Case {
  /** Changes to the valid handshake's headers; null takes one out. */
  readonly headers?: Record<string, string | null>;
  readonly request?: Partial<HandshakeRequest>;
  readonly rules?: Partial<HandshakeRules>;
  readonly profile?: HandshakeProfile;
}

function headersWith(changes: Record<string, string | null> = {}): Headers {
  const merged: Record<string, string | null> = { ...VALID, ...changes };
  return new Headers(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null));
}

function validate({ headers, request, rules, profile = HTTP1 }: Case = {}): Handshake | Failure {
  const base = { method: "GET", url: "http://app.example/ws", headers: headersWith(headers) };
  return validateHandshake({ ...base, ...request }, { ...RULES, ...rules }, profile);
}

function codeOf(handshake: Handshake | Failure): FailureCode | undefined {
  return "code" in handshake ? handshake.code : undefined;
}

function accepted(given: Case): Handshake {
  const handshake = validate(given);
  if ("code" in handshake) throw new Error(`refused: ${handshake.code}`);
  return handshake;
}

const noWebSocket = {
  upgrade: null,
  connection: "keep-alive",
  "sec-websocket-key": null,
  "sec-websocket-version": null,
};

const REFUSED: readonly [what: string, code: FailureCode, given: Case][] = [
  ["a POST", "METHOD_NOT_GET", { request: { method: "POST" } }],
  ["a lower-case get", "METHOD_NOT_GET", { request: { method: "get" } }],
  ["a CONNECT over HTTP/1.1", "METHOD_NOT_GET", { request: { method: "CONNECT" } }],
  ["HTTP/1.0 when strict", "HTTP_1_0", { request: { httpVersion: "1.0" }, rules: { strict: true } }],
  ["a plain GET", "NOT_A_HANDSHAKE", { headers: noWebSocket }],
  ["a GET that offers h2c alone", "NOT_A_HANDSHAKE", { headers: { ...noWebSocket, upgrade: "h2c" } }],
  ["no Upgrade", "UPGRADE_STRIPPED", { headers: { upgrade: null } }],
  ["neither Upgrade nor Connection", "UPGRADE_STRIPPED", { headers: { upgrade: null, connection: null } }],
  ["Upgrade: h2c", "UPGRADE_NOT_WEBSOCKET", { headers: { upgrade: "h2c" } }],
  ["Upgrade: websockets", "UPGRADE_NOT_WEBSOCKET", { headers: { upgrade: "websockets" } }],
  ["an empty Upgrade", "UPGRADE_NOT_WEBSOCKET", { headers: { upgrade: "" } }],
  ["no Connection", "CONNECTION_NO_UPGRADE", { headers: { connection: null } }],
  ["Connection: close", "CONNECTION_NO_UPGRADE", { headers: { connection: "close" } }],
  ["Connection: upgraded", "CONNECTION_NO_UPGRADE", { headers: { connection: "keep-alive, upgraded" } }],
  ["no Host", "HOST_MISSING", { headers: { host: null } }],
  ["an empty Host", "HOST_MISSING", { headers: { host: "" } }],
  ["two Hosts", "HOST_MISSING", { headers: { host: "app.example, other.example" } }],
  ["a Host with a path", "HOST_INVALID", { headers: { host: "app.example/ws" } }],
  ["a Host with a backslash", "HOST_INVALID", { headers: { host: "app.example\\ws" } }],
  ["a Host with a query", "HOST_INVALID", { headers: { host: "app.example?" } }],
  ["a Host with a fragment", "HOST_INVALID", { headers: { host: "app.example#" } }],
  ["a Host with a user", "HOST_INVALID", { headers: { host: "user@app.example" } }],
  ["a Host with a space", "HOST_INVALID", { headers: { host: "app example" } }],
  ["a Host that no URL can have", "HOST_INVALID", { headers: { host: "1.2.3.999" } }],
  ["HTTP/0.9", "HTTP_VERSION_UNSUPPORTED", { request: { httpVersion: "0.9" } }],
  ["HTTP/2.0 in a request line", "HTTP_VERSION_UNSUPPORTED", { request: { httpVersion: "2.0" } }],
  ["no version", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": null } }],
  ["version 8", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "8" } }],
  ["version 99", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "99" } }],
  ["version 013", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "013" } }],
  ["two versions", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "13, 8" } }],
  ["no key", "KEY_MISSING", { headers: { "sec-websocket-key": null } }],
  ["an empty key", "KEY_MISSING", { headers: { "sec-websocket-key": "" } }],
  ["two keys", "KEY_DUPLICATE", { headers: { "sec-websocket-key": `${KEY}, ${KEY}` } }],
  ["a key of 15 bytes", "KEY_INVALID", { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAA" } }],
  ["a key of 17 bytes", "KEY_INVALID", { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAAA=" } }],
  ["a key without padding", "KEY_INVALID", { headers: { "sec-websocket-key": KEY.slice(0, 22) } }],
  ["a key that is not canonical", "KEY_INVALID", { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAB==" } }],
  ["a key in base64url", "KEY_INVALID", { headers: { "sec-websocket-key": "-_AAAAAAAAAAAAAAAAAAAA==" } }],
  ["a body", "BODY_PRESENT", { headers: { "content-length": "5" } }],
  ["a Content-Length that is no number", "BODY_PRESENT", { headers: { "content-length": "x" } }],
  ["a chunked body", "BODY_PRESENT", { headers: { "transfer-encoding": "chunked" } }],
  ["a URL over the limit", "URL_TOO_LONG", { request: { url: `http://app.example/${"a".repeat(110)}` } }],
  ["headers over the limit", "HEADERS_TOO_LARGE", { headers: { cookie: "a".repeat(4096) } }],
  ["a subprotocol that is no token", "SUBPROTOCOL_MALFORMED", { headers: { "sec-websocket-protocol": "a b" } }],
  ["a subprotocol twice", "SUBPROTOCOL_MALFORMED", { headers: { "sec-websocket-protocol": "a, a" } }],
  ["a malformed extension", "EXTENSION_MALFORMED", { headers: { "sec-websocket-extensions": "a; b=" } }],
  ["a page of another host", "ORIGIN_REJECTED", { headers: { origin: "https://evil.example" } }],
  ["a page with an opaque origin", "ORIGIN_REJECTED", { headers: { origin: "null" } }],
  [
    "a page that the list leaves out",
    "ORIGIN_REJECTED",
    { headers: { origin: "https://app.example" }, rules: { origins: ["https://other.example"] } },
  ],
  [
    "no common subprotocol where one is required",
    "SUBPROTOCOL_NO_MATCH",
    { headers: { "sec-websocket-protocol": "c" }, rules: { protocols: ["a"], requireProtocol: true } },
  ],
  [
    "no offered subprotocol where one is required",
    "SUBPROTOCOL_NO_MATCH",
    { rules: { protocols: ["a"], requireProtocol: true } },
  ],
];

describe("a handshake with a fault is refused:", () => {
  it.each(REFUSED)("%s is %s", (_, code, given) => {
    expect(codeOf(validate(given))).toBe(code);
  });

  it.each(REFUSED)("the answer to %s is the fixed text of %s", async (_, code, given) => {
    const handshake = validate(given);
    if (!("code" in handshake)) throw new Error("accepted");
    const response = failureResponse(handshake);
    expect(response.status).toBe(FAILURES[code][0]);
    const [, cause, fix] = FAILURES[code];
    const more = `npx onesocket explain ${code}, or docs/failures.md#${code.toLowerCase()} in the npm package onesocket`;
    expect(await response.text()).toBe(`${code}: ${cause}\nFix: ${fix}\nMore: ${more}\n`);
  });
});

/** One fault for each check, in the order in which the first one answers. */
const FAULTS: readonly [code: FailureCode, fault: Case][] = [
  ["METHOD_NOT_GET", { request: { method: "PUT" } }],
  ["HTTP_1_0", { request: { httpVersion: "1.0" }, rules: { strict: true } }],
  ["UPGRADE_NOT_WEBSOCKET", { headers: { upgrade: "h2c" } }],
  ["CONNECTION_NO_UPGRADE", { headers: { connection: "close" } }],
  ["HOST_MISSING", { headers: { host: null } }],
  ["VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "8" } }],
  ["KEY_INVALID", { headers: { "sec-websocket-key": "x" } }],
  ["BODY_PRESENT", { headers: { "content-length": "1" } }],
  ["URL_TOO_LONG", { rules: limited({ urlBytes: 1 }) }],
  ["HEADERS_TOO_LARGE", { rules: limited({ headerBytes: 1 }) }],
  ["SUBPROTOCOL_MALFORMED", { headers: { "sec-websocket-protocol": "a b" } }],
  ["EXTENSION_MALFORMED", { headers: { "sec-websocket-extensions": "a b" } }],
  ["ORIGIN_REJECTED", { headers: { origin: "null" } }],
  ["SUBPROTOCOL_NO_MATCH", { rules: { requireProtocol: true } }],
];

function lower(a: HandshakeRules["limits"], b = a): HandshakeRules["limits"] {
  return { urlBytes: Math.min(a.urlBytes, b.urlBytes), headerBytes: Math.min(a.headerBytes, b.headerBytes) };
}

function together(cases: readonly Case[]): Case {
  return {
    headers: Object.assign({}, ...cases.map(({ headers }) => headers)),
    request: Object.assign({}, ...cases.map(({ request }) => request)),
    rules: {
      ...Object.assign({}, ...cases.map(({ rules }) => rules)),
      limits: cases.reduce((least, { rules }) => lower(least, rules?.limits), RULES.limits),
    },
  };
}

describe("of several faults the first one answers:", () => {
  it.each(FAULTS.map(([code], index) => [code, index] as const))(
    "%s comes before all that follow it",
    (code, index) => {
      expect(codeOf(validate(together(FAULTS.slice(index).map(([, fault]) => fault))))).toBe(code);
    },
  );

  it("the order is the same for any set of faults", () => {
    fc.assert(
      fc.property(fc.subarray([...FAULTS], { minLength: 1 }), (faults) => {
        expect(codeOf(validate(together(faults.map(([, fault]) => fault))))).toBe(faults[0]?.[0]);
      }),
    );
  });

  it("a plain GET is told so before its missing Host", () => {
    expect(codeOf(validate({ headers: { ...noWebSocket, host: null } }))).toBe("NOT_A_HANDSHAKE");
  });

  it("a stripped Upgrade is told before Connection", () => {
    expect(codeOf(validate({ headers: { upgrade: null, connection: "close" } }))).toBe("UPGRADE_STRIPPED");
  });
});

describe("a valid handshake", () => {
  it("tells its key, and no subprotocol, extension or warning", () => {
    expect(validate()).toEqual({ key: KEY, protocol: "", offered: [], extensions: [], warning: undefined });
  });

  it.each<[string, Case]>([
    ["upper-case tokens", { headers: { upgrade: "WebSocket", connection: "UPGRADE" } }],
    ["token lists", { headers: { upgrade: "h2c, websocket", connection: "keep-alive,Upgrade" } }],
    ["Content-Length: 0", { headers: { "content-length": "0" } }],
    ["a page of the same host", { headers: { origin: "https://app.example" } }],
    ["an empty subprotocol list", { headers: { "sec-websocket-protocol": "" } }],
    ["an empty list of extensions", { headers: { "sec-websocket-extensions": " , " } }],
    ["an unknown extension", { headers: { "sec-websocket-extensions": "x-unknown; a=1" } }],
    ["any origin where all are welcome", { headers: { origin: "null" }, rules: { origins: "*" } }],
    ["a URL of exactly the limit", { rules: limited({ urlBytes: "http://app.example/ws".length }) }],
    ["HTTP/1.1 when strict", { request: { httpVersion: "1.1" }, rules: { strict: true } }],
  ])("may have %s", (_, given) => {
    expect(codeOf(validate(given))).toBeUndefined();
  });

  it("may have headers of exactly the limit, each line counted with its colon, space and line end", () => {
    const wire = [...headersWith()].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    expect(codeOf(validate({ rules: limited({ headerBytes: wire.length }) }))).toBeUndefined();
    expect(codeOf(validate({ rules: limited({ headerBytes: wire.length - 1 }) }))).toBe("HEADERS_TOO_LARGE");
  });

  it("over HTTP/1.0 is warned about when not strict", () => {
    expect(accepted({ request: { httpVersion: "1.0" } }).warning).toEqual({ code: "HTTP_1_0" });
  });

  it("tells the extensions that it offers", () => {
    const { extensions } = accepted({ headers: { "sec-websocket-extensions": "permessage-deflate; a, x" } });
    expect(extensions.map(({ name }) => name)).toEqual(["permessage-deflate", "x"]);
  });
});

describe("the subprotocol", () => {
  it.each<[offer: string | null, protocols: string[] | undefined, chosen: string]>([
    ["b, a", ["a", "b"], "a"],
    ["b", ["a", "b"], "b"],
    ["c", ["a", "b"], ""],
    ["A", ["a"], ""],
    [null, ["a"], ""],
    ["a", [], ""],
    ["a", undefined, ""],
  ])("for the offer %j by a server of %j is %j", (offer, protocols, chosen) => {
    const given = { headers: { "sec-websocket-protocol": offer }, rules: { protocols } };
    expect(accepted(given).protocol).toBe(chosen);
  });

  it("is not among the offered ones unless offered", () => {
    const { offered } = accepted({ headers: { "sec-websocket-protocol": "b, c" }, rules: { protocols: ["a", "b"] } });
    expect(offered).toEqual(["b", "c"]);
  });

  it("is always one that both sides know, or none", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));
    fc.assert(
      fc.property(names, names, (offer, protocols) => {
        const value = offer.length ? offer.join(", ") : null;
        const { protocol } = accepted({ headers: { "sec-websocket-protocol": value }, rules: { protocols } });
        expect(protocol).toBe(protocols.filter((name) => offer.includes(name))[0] ?? "");
      }),
    );
  });
});

describe("the log's detail", () => {
  const detailOf = (given: Case) => {
    const handshake = validate(given);
    return "code" in handshake ? handshake.detail : undefined;
  };

  it("names both hosts of a rejected page, and a proxy's fix", () => {
    const detail = detailOf({
      headers: { host: "backend:8080", origin: "https://app.example", "x-forwarded-host": "app.example" },
      rules: { originAdvice: refusedOrigin },
    });
    expect(detail).toContain("https://app.example");
    expect(detail).toContain("backend:8080");
    expect(detail).toContain("proxy_set_header Host $http_host;");
  });

  it("holds the offending value with control characters escaped", () => {
    expect(detailOf({ headers: { connection: "a\tb" } })).toBe('"a\\tb"');
  });

  it("never holds a key", () => {
    expect(detailOf({ headers: { "sec-websocket-key": `${KEY}, ${KEY}` } })).toBeUndefined();
  });
});

describe("over HTTP/2", () => {
  const headers = { upgrade: null, connection: null, "sec-websocket-key": null };
  const request = { method: "CONNECT", httpVersion: "2.0", protocolPseudo: "websocket" };

  it("an extended CONNECT needs no Upgrade, Connection or key", () => {
    expect(accepted({ headers, request, profile: HTTP2 }).key).toBeNull();
  });

  it.each<[string, FailureCode, Case]>([
    ["a GET", "NOT_A_HANDSHAKE", { request: { method: "GET" } }],
    ["a POST", "METHOD_NOT_GET", { request: { method: "POST" } }],
    ["a plain CONNECT", "UPGRADE_STRIPPED", { request: { protocolPseudo: undefined } }],
    ["another protocol", "UPGRADE_NOT_WEBSOCKET", { request: { protocolPseudo: "connect-udp" } }],
    ["no authority", "HOST_MISSING", { headers: { host: null } }],
    ["an authority with a user", "HOST_INVALID", { headers: { host: "user@app.example" } }],
    ["an authority with a path", "HOST_INVALID", { headers: { host: "app.example/ws" } }],
    ["HTTP/1.1", "HTTP_VERSION_UNSUPPORTED", { request: { httpVersion: "1.1" } }],
    ["another version", "VERSION_UNSUPPORTED", { headers: { "sec-websocket-version": "8" } }],
    ["a page of another host", "ORIGIN_REJECTED", { headers: { origin: "https://evil.example" } }],
  ])("%s is %s", (_, code, fault) => {
    const given = { headers: { ...headers, ...fault.headers }, request: { ...request, ...fault.request } };
    expect(codeOf(validate({ ...given, profile: HTTP2 }))).toBe(code);
  });

  it("a GET that carries a handshake's headers is told what it lacks", () => {
    const get = { ...request, method: "GET", protocolPseudo: undefined };
    const result = validate({ headers, request: get, profile: HTTP2 });
    expect(result).toMatchObject({
      detail: expect.stringMatching(/CONNECT with :protocol there \(RFC 8441\)$/),
    });
  });
});

describe("in process", () => {
  const bare = { host: null, connection: null, "sec-websocket-key": null, "sec-websocket-version": null };

  it("Upgrade is enough", () => {
    expect(accepted({ headers: bare, profile: IN_PROCESS }).key).toBeNull();
  });

  it("Upgrade is needed", () => {
    expect(codeOf(validate({ headers: { ...bare, upgrade: null }, profile: IN_PROCESS }))).toBe("NOT_A_HANDSHAKE");
  });

  it("a page is compared with the URL's host, for want of Host", () => {
    const from = (origin: string) => codeOf(validate({ headers: { ...bare, origin }, profile: IN_PROCESS }));
    expect(from("https://app.example")).toBeUndefined();
    expect(from("https://evil.example")).toBe("ORIGIN_REJECTED");
  });
});

describe("the profile on Cloudflare", () => {
  it("is in process for a request with Upgrade alone", () => {
    expect(cloudflareProfile(new Headers({ upgrade: "websocket", origin: "https://app.example" }))).toBe(IN_PROCESS);
  });

  it.each(["connection", "sec-websocket-key", "sec-websocket-version"])("is HTTP/1.1 for one with %s", (name) => {
    expect(cloudflareProfile(new Headers({ upgrade: "websocket", [name]: "x" }))).toBe(HTTP1);
  });
});

describe("an attempt at a handshake", () => {
  it.each<[Record<string, string>, boolean]>([
    [{ upgrade: "WebSocket" }, true],
    [{ upgrade: "h2c, websocket" }, true],
    [{ "Sec-WebSocket-Key": KEY }, true],
    [{ "sec-websocket-protocol": "a" }, true],
    [{ upgrade: "h2c" }, false],
    [{ connection: "upgrade" }, false],
    [{ "sec-fetch-mode": "websocket" }, false],
    [{}, false],
  ])("with %j: %s", (headers, attempt) => {
    expect(isHandshakeAttempt(new Headers(headers))).toBe(attempt);
  });
});

describe("any request", () => {
  const names = [
    ...Object.keys(VALID),
    "origin",
    "forwarded",
    "x-forwarded-host",
    "content-length",
    "transfer-encoding",
  ];
  const lists = ["sec-websocket-protocol", "sec-websocket-extensions"];
  const value = fc.oneof(
    fc.constantFrom(...Object.values(VALID), "0", "null", "https://app.example", "a, b", "a; b=1", '"'),
    fc.string({ unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)) }),
  );
  const headers = fc.dictionary(fc.constantFrom(...names, ...lists), value);
  const rules = fc.record({
    protocols: fc.constantFrom(undefined, ["a", "b"]),
    requireProtocol: fc.boolean(),
    origins: fc.constantFrom<HandshakeRules["origins"]>(undefined, "*", ["https://app.example"]),
    strict: fc.boolean(),
    limits: fc.record({ urlBytes: fc.constantFrom(1, 128), headerBytes: fc.constantFrom(1, 4096) }),
  });
  const request = fc.record({
    method: fc.constantFrom("GET", "GET", "CONNECT", "POST", ""),
    url: fc.constantFrom("http://app.example/ws", "/", ""),
    httpVersion: fc.constantFrom(undefined, "1.0", "1.1", "2.0"),
    protocolPseudo: fc.constantFrom(undefined, undefined, "websocket", "x"),
  });

  it("is accepted, or refused with a code of the catalogue, and never throws", () => {
    fc.assert(
      fc.property(
        request,
        headers,
        rules,
        fc.constantFrom(HTTP1, HTTP2, IN_PROCESS),
        (asked, changes, rule, profile) => {
          const handshake = validateHandshake({ ...asked, headers: headersWith(changes) }, rule, profile);
          expect(!("code" in handshake) || handshake.code in FAILURES).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("throws what the user's function throws", () => {
    const origins = () => {
      throw new RangeError("mine");
    };
    expect(() => validate({ headers: { origin: "https://app.example" }, rules: { origins } })).toThrow(RangeError);
  });
});
