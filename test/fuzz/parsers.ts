import fc from "fast-check";
import { FAILURES } from "../../src/core/contract/all-failures.ts";
import { DEFAULT_LIMITS } from "../../src/core/contract/limits.ts";
import { decodeClosePayload, encodeClosePayload } from "../../src/core/protocol/close.ts";
import { acceptDeflate, checkDeflate, offerDeflate } from "../../src/core/protocol/deflate/deflate-params.ts";
import { settingsOf } from "../../src/core/protocol/deflate/settings.ts";
import {
  encodeFrame,
  headerFailure,
  headerLength,
  isMinimalLength,
  payloadLength,
} from "../../src/core/protocol/frame.ts";
import { isToken, parseExtensions, parseSubprotocols } from "../../src/core/protocol/headers.ts";
import { FAILURE_CLOSE } from "../../src/core/protocol/protocol-failures.ts";
import { decodeText, UTF8_ACCEPT, UTF8_REJECT, validateUtf8 } from "../../src/core/protocol/utf8.ts";
import { remoteAddress } from "../../src/core/upgrade/remote-address.ts";
import { trustProxies } from "../../src/core/upgrade/trusted-proxies.ts";
import { HTTP1, HTTP2, IN_PROCESS, validateHandshake } from "../../src/core/upgrade/validate.ts";
import { type AnyProperty, bytesOf, hexBytes, must, type Property, same } from "./property.ts";

/** Text that is made of the pieces of a grammar, with some noise between them. */
function pieces(...list: string[]): fc.Arbitrary<string> {
  const noise = fc.string({ maxLength: 3, unit: fc.integer({ min: 32, max: 255 }).map((n) => String.fromCharCode(n)) });
  const piece = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...list) }, noise);
  return fc.array(piece, { maxLength: 14 }).map((parts) => parts.join("").trim());
}

const GRAMMAR = [",", ", ", ";", "; ", "=", '"', "\\", " ", "\t", "permessage-deflate", "x", "8", "15", "16", "10"];
const PARAMS = ["server", "client"].flatMap((side) => [`${side}_no_context_takeover`, `${side}_max_window_bits`]);

const extensionsHeader: Property<string> = {
  name: "Sec-WebSocket-Extensions is parsed to tokens, and what is agreed to is within the offer",
  inputs: pieces(...GRAMMAR, ...PARAMS),
  holds(header) {
    const offers = parseExtensions(header);
    if (offers === undefined) return;
    for (const { name, params } of offers) {
      must(isToken(name), `extension ${name}`);
      for (const { name, value } of params) must(isToken(name) && isToken(value ?? "x"), `parameter ${name}=${value}`);
    }
    const accepted = acceptDeflate(offers, settingsOf());
    if (!accepted) return;
    const { serverMaxWindowBits: server, clientMaxWindowBits: client } = accepted.params;
    must(server >= 9 && server <= 15 && client >= 8 && client <= 15, `windows ${server} and ${client}`);
    const [element, ...more] = parseExtensions(accepted.response) ?? [];
    same([element?.name, more.length], ["permessage-deflate", 0], "the response");
    const offered = offers.find(({ name, params }) => name === "permessage-deflate" && allows(params, element!.params));
    must(offered, `no offer allows ${accepted.response}`);
  },
};

type Params = readonly { readonly name: string; readonly value: string | undefined }[];

/** RFC 7692 §7.1: what a response may say to an offer. */
function allows(offer: Params, response: Params): boolean {
  const of = (list: Params, name: string) => list.find((param) => param.name === name);
  return response.every(({ name, value }) => {
    const offered = of(offer, name);
    if (name === "client_max_window_bits") return offered && Number(value) <= Number(offered.value ?? 15);
    if (name === "server_max_window_bits") return Number(value) <= Number(offered?.value ?? 15);
    return true;
  });
}

const deflateOptions = fc.record(
  {
    windowBits: fc.integer({ min: 9, max: 15 }),
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
  },
  { requiredKeys: [] },
);

const deflateAgreement: Property<{ client: object; server: object }> = {
  name: "a client and a server of ours agree on permessage-deflate, both on the same for the client, and the server keeps to it",
  inputs: fc.record({ client: deflateOptions, server: deflateOptions }),
  holds({ client, server }) {
    const ours = settingsOf(client);
    const accepted = acceptDeflate(parseExtensions(offerDeflate(ours))!, settingsOf(server));
    must(accepted, "the offer is declined");
    const seen = checkDeflate(parseExtensions(accepted.response)!, ours);
    if (typeof seen !== "object") throw new Error(`the client makes ${seen} of it`);
    const { params } = accepted;
    same(seen.clientNoContextTakeover, params.clientNoContextTakeover, "the client's takeover");
    same(seen.clientMaxWindowBits, params.clientMaxWindowBits, "the client's window");
    must(params.serverMaxWindowBits <= seen.serverMaxWindowBits, "the server's window");
    must(params.serverNoContextTakeover || !seen.serverNoContextTakeover, "the server's takeover");
  },
};

const extensionsResponse: Property<string> = {
  name: "a client takes any Sec-WebSocket-Extensions of a server as agreed, as declined or as a failure",
  inputs: pieces(...GRAMMAR, ...PARAMS),
  holds(header) {
    const elements = parseExtensions(header);
    if (!elements) return;
    const result = checkDeflate(elements, settingsOf());
    if (typeof result !== "object") return;
    must(result.serverMaxWindowBits >= 8 && result.clientMaxWindowBits <= 15, "windows");
  },
};

const subprotocols: Property<string> = {
  name: "Sec-WebSocket-Protocol is parsed to distinct tokens",
  inputs: pieces(",", ", ", " ", "chat", "v1", "v2", '"'),
  holds(header) {
    const list = parseSubprotocols(header);
    if (!list) return;
    must(list.every(isToken), `not tokens: ${list}`);
    same(new Set(list).size, list.length, "distinct");
  },
};

const VALUES: Record<string, fc.Arbitrary<string>> = {
  host: pieces("a.example", ":80", ",", "b"),
  upgrade: pieces("websocket", "WebSocket", "h2c", ", "),
  connection: pieces("Upgrade", "upgrade", "keep-alive", ", "),
  "sec-websocket-version": pieces("13", "8", ","),
  "sec-websocket-key": fc.oneof(
    fc.constant("dGhlIHNhbXBsZSBub25jZQ=="),
    pieces("dGhlIHNhbXBsZSBub25jZ", "Q", "==", ","),
  ),
  "sec-websocket-protocol": pieces("v1", "v2", ", ", ","),
  "sec-websocket-extensions": pieces(...GRAMMAR),
  origin: pieces("http://", "https://", "a.example", "evil.example", ":", "null", "80"),
  "content-length": pieces("0", "5"),
  "transfer-encoding": pieces("chunked"),
};

const GOOD: Record<string, string> = {
  host: "a.example",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

interface Request {
  readonly method: string;
  readonly httpVersion: string;
  readonly profile: keyof typeof PROFILES;
  readonly headers: Record<string, string>;
}

const PROFILES = { HTTP1, HTTP2, IN_PROCESS };

const handshake: Property<Request> = {
  name: "any handshake is accepted as it should be, or refused with a known code, and never throws",
  inputs: fc
    .record({
      method: fc.constantFrom("GET", "GET", "GET", "POST", "CONNECT"),
      httpVersion: fc.constantFrom("1.1", "1.1", "1.0", "2.0"),
      profile: fc.constantFrom("HTTP1" as const, "HTTP2" as const, "IN_PROCESS" as const),
      changed: fc.record(VALUES, { requiredKeys: [] }),
      missing: fc.array(fc.constantFrom(...Object.keys(GOOD)), { maxLength: 1 }),
    })
    .map(({ changed, missing, ...rest }) => {
      const all = Object.entries<string | undefined>({ ...GOOD, ...changed });
      const kept = all.filter(([name, value]) => value !== undefined && !missing.includes(name));
      return { ...rest, headers: Object.fromEntries(kept) as Record<string, string> };
    }),
  holds({ method, httpVersion, profile, headers }) {
    const source = {
      get: (name: string) => headers[name] ?? null,
      forEach: (visit: (value: string, name: string) => void) => {
        for (const [name, value] of Object.entries(headers)) visit(value, name);
      },
      [Symbol.iterator]: () => Object.entries(headers)[Symbol.iterator](),
    };
    const rules = { protocols: ["v2", "v1"], limits: DEFAULT_LIMITS };
    const result = validateHandshake(
      { method, httpVersion, url: "http://a.example/", headers: source },
      rules,
      PROFILES[profile],
    );
    if ("code" in result) return must(result.code in FAILURES, `the code ${result.code}`);
    must(method === PROFILES[profile].method, `the method ${method}`);
    must(result.protocol === "" || result.offered.includes(result.protocol), `the protocol ${result.protocol}`);
    if (PROFILES[profile].http1) same(Buffer.from(result.key ?? "", "base64").length, 16, "bytes of the key");
    must(headers["transfer-encoding"] === undefined, "a body");
    const { origin, host = "" } = headers;
    if (origin) must(origin.includes(host), `the origin ${origin}`);
  },
};

const closePayload: Property<string> = {
  name: "a Close's payload is what it would be encoded to, or a failure",
  inputs: fc.oneof(
    hexBytes({ maxLength: 125 }),
    fc
      .tuple(fc.integer({ min: 990, max: 5010 }), fc.string({ unit: "binary", maxLength: 30 }))
      .map(([code, reason]) => Buffer.from(encodeClosePayload(code, reason)).toString("hex")),
  ),
  holds(hex) {
    const payload = bytesOf(hex);
    const result = decodeClosePayload(payload);
    if (typeof result === "string") return must(result in FAILURE_CLOSE, result);
    same(Buffer.from(encodeClosePayload(result.code, result.reason)).toString("hex"), hex, "encoded again");
  },
};

const frameHeader: Property<string> = {
  name: "a frame's header is refused, or says a length that its fields hold",
  inputs: hexBytes({ minLength: 14, maxLength: 14 }),
  holds(hex) {
    const bytes = bytesOf(hex);
    for (const masked of [true, false]) {
      const failure = headerFailure(bytes[0]!, bytes[1]!, masked, 0x40, false);
      if (failure) must(FAILURE_CLOSE[failure] === 1002, failure);
      else same((bytes[1]! & 0x80) !== 0, masked, "MASK");
    }
    const length = payloadLength(bytes, 0);
    must(length >= 0 && Number.isInteger(length), `length ${length}`);
    const bits = bytes[1]! & 127;
    same(headerLength(bytes[1]!), 2 + (bits === 126 ? 2 : bits === 127 ? 8 : 0) + (bytes[1]! > 127 ? 4 : 0), "header");
    if (bits < 126) must(isMinimalLength(bytes[1]!, length), "7 bits are minimal");
  },
};

const frameRoundTrip: Property<{ payload: string; key: number | null; opcode: number }> = {
  name: "a frame that is encoded has the payload, masked as RFC 6455 §5.3 says",
  inputs: fc.record({
    payload: hexBytes({ maxLength: 300 }),
    key: fc.option(fc.nat({ max: 0xffffffff })),
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
  }),
  holds({ payload, key, opcode }) {
    const frame = encodeFrame(opcode, bytesOf(payload), key ?? undefined);
    const start = headerLength(frame[1]!);
    const mask = key === null ? [0, 0, 0, 0] : [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];
    const plain = Buffer.from(frame.subarray(start).map((byte, i) => byte ^ mask[i & 3]!));
    same(
      [frame[0], payloadLength(frame, 0), plain.toString("hex")],
      [0x80 | opcode, payload.length / 2, payload],
      "frame",
    );
  },
};

/** Characters at the borders of what UTF-8 may encode, some of them just outside. */
const character = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom("41", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "80",
      "c1bf",
      "e09fbf",
      "eda080",
      "edbfbf",
      "f08fbfbf",
      "f4908080",
      "f5808080",
      "c2",
      "e0a0",
    ),
  },
);

const utf8: Property<{ hex: string; cuts: readonly number[] }> = {
  name: "UTF-8 in pieces is valid when TextDecoder takes the whole",
  inputs: fc.record({
    hex: fc.oneof(
      hexBytes({ maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 30 }).map((text) => Buffer.from(text).toString("hex")),
      fc.array(character, { maxLength: 6 }).map((list) => list.join("")),
      hexBytes({ maxLength: 4 }).map((bad) => "61".repeat(90) + bad + "61".repeat(70)),
    ),
    cuts: fc.array(fc.nat(200), { maxLength: 4 }),
  }),
  holds({ hex, cuts }) {
    const bytes = bytesOf(hex);
    const borders = [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
    let state = UTF8_ACCEPT;
    let at = 0;
    for (const border of borders) {
      if (state !== UTF8_REJECT) state = validateUtf8(state, bytes, at, border);
      at = border;
    }
    same(state === UTF8_ACCEPT, decodeText(bytes) !== undefined, "valid");
  },
};

const forwarded: Property<{ peer: string; xff: string; forwarded: string }> = {
  name: "a remote address is the peer's or one that a header names",
  inputs: fc.record({
    peer: fc.constantFrom("10.0.0.1", "192.0.2.1", "::1", "::ffff:10.0.0.2", "", "unix"),
    xff: pieces("10.0.0.1", "203.0.113.9", ", ", ",", "::1", "[2001:db8::1]", ":80", "unknown", "fd00::1"),
    forwarded: pieces("for=", "10.0.0.1", '"[2001:db8::1]:80"', ";", ",", "proto=https", "for=_x", '"', "\\"),
  }),
  holds({ peer, xff, forwarded }) {
    const headers = new Headers({ "x-forwarded-for": xff, forwarded });
    const nobody = undefined;
    same(remoteAddress(peer, headers, nobody), remoteAddress(peer, new Headers(), nobody), "believed from nobody");
    for (const header of ["x-forwarded-for", "forwarded"] as const) {
      const proxies = trustProxies({ trust: ["10.0.0.0/8", "::1/128", "fd00::/8"], header });
      const address = remoteAddress(peer, headers, proxies);
      must(typeof address === "string" && address.length <= Math.max(45, peer.length), `address ${address}`);
      const other = new Headers({ "x-forwarded-for": xff, forwarded });
      other.delete(header === "forwarded" ? "x-forwarded-for" : "forwarded");
      same(remoteAddress(peer, other, proxies), address, `what ${header} alone tells`);
    }
  },
};

export const PARSERS = [
  extensionsHeader,
  deflateAgreement,
  extensionsResponse,
  subprotocols,
  handshake,
  closePayload,
  frameHeader,
  frameRoundTrip,
  utf8,
  forwarded,
] as unknown as readonly AnyProperty[];
