import { createHash } from "node:crypto";
import { hasToken, tokenList } from "../../core/protocol/headers.ts";
import { acceptKey } from "../../core/upgrade/accept-key.ts";
import { type Answer, field, fieldLines } from "./answer.ts";
import { extensionsFailure } from "./deflate.ts";
import { type Finding, fail, warn } from "./finding.ts";
import type { Request } from "./request.ts";

/** What a client makes of a 101, in the order of RFC 6455 §4.1; the first failure is the one that ends the connection. */
export function judgeSwitch(answer: Answer, request: Request): readonly Finding[] {
  return [
    ...judgeConfirmation(answer, request.key),
    ...extensions(answer, request),
    ...judgeSubprotocol(answer, request.protocols),
  ];
}

/** Whether a 101 says what it must whoever asked; `key` is null where it is not known. */
export function judgeConfirmation(answer: Answer, key: string | null): readonly Finding[] {
  return [
    ...answer.faults.map((fault) => fail("NOT_HTTP", fault)),
    ...version(answer),
    ...upgrade(answer),
    ...connection(answer),
    ...accept(answer, key),
    ...transferEncoding(answer),
  ];
}

/** A server that takes itself for HTTP/1.0, or a proxy that speaks it, may end any connection after its answer. */
function version({ version }: Answer): Finding[] {
  if (version !== "1.0") return [];
  const fix = "Answer HTTP/1.1 101: HTTP/1.0 has no Upgrade (RFC 9110 §7.8).";
  return [{ ...warn("HTTP_1_0", "the answer is HTTP/1.0 101"), fix }];
}

/** "an ASCII case-insensitive match for the value "websocket"": no list. */
function upgrade(answer: Answer): Finding[] {
  const value = field(answer, "upgrade");
  if (value?.toLowerCase() === "websocket") return [];
  return [fail("RESPONSE_UPGRADE_BAD", value === null ? "Upgrade is missing" : `Upgrade is ${JSON.stringify(value)}`)];
}

/** "contain a token that is an ASCII case-insensitive match for the value "Upgrade"" */
function connection(answer: Answer): Finding[] {
  const value = field(answer, "connection");
  const shown = value === null ? "Connection is missing" : `Connection is ${JSON.stringify(value)}`;
  if (!hasToken(value, "upgrade")) return [fail("RESPONSE_CONNECTION_BAD", shown)];
  return tokenList(value).length > 1 ? [warn("CONNECTION_LIST_WARN", shown)] : [];
}

/** Clients don't mind; lighttpd 1.4.69 as a proxy loses every frame (2026-11). */
function transferEncoding(answer: Answer): Finding[] {
  const value = field(answer, "transfer-encoding");
  return value === null ? [] : [warn("TRANSFER_ENCODING_WARN", `Transfer-Encoding is ${JSON.stringify(value)}`)];
}

function accept(answer: Answer, key: string | null): Finding[] {
  const values = fieldLines(answer, "sec-websocket-accept");
  if (values.length === 0) return [fail("ACCEPT_MISSING")];
  if (values.length > 1) return [fail("ACCEPT_MISMATCH", "Sec-WebSocket-Accept comes twice")];
  const [value = ""] = values;
  if (key === null) return DIGEST.test(value) ? [] : [fail("ACCEPT_MISMATCH", `${JSON.stringify(value)} is no SHA-1`)];
  if (value === acceptKey(key)) return [];
  return [fail("ACCEPT_MISMATCH", `it is ${JSON.stringify(value)}, not ${acceptKey(key)}${slip(value, key)}`)];
}

/** 20 bytes in base64. */
const DIGEST = /^[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/;

/** How a wrong Sec-WebSocket-Accept came about, where it can be told. */
function slip(value: string, key: string): string {
  const known = SLIPS.find(([, make]) => make(key) === value)?.[0];
  return known === undefined ? "" : `: ${known}`;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const SLIPS: readonly (readonly [string, (key: string) => string])[] = [
  ["that answers the key of RFC 6455's example", () => acceptKey("dGhlIHNhbXBsZSBub25jZQ==")],
  ["the key itself was sent back", (key) => key],
  ["the GUID was left out", (key) => sha1(key, "base64")],
  ["the GUID is in lower case", (key) => sha1(key + GUID.toLowerCase(), "base64")],
  ["the GUID stands before the key", (key) => sha1(GUID + key, "base64")],
  ["a line end was hashed along with the key", (key) => sha1(`${key}\r\n${GUID}`, "base64")],
  ["the key was hashed with the space before it", (key) => sha1(` ${key}${GUID}`, "base64")],
  [
    "the key was decoded before hashing",
    (key) => sha1(Buffer.concat([Buffer.from(key, "base64"), Buffer.from(GUID)]), "base64"),
  ],
  ["the digest was not put in base64 but in hex", (key) => sha1(key + GUID, "hex")],
  [
    "the hex digits rather than the digest were put in base64",
    (key) => Buffer.from(sha1(key + GUID, "hex")).toString("base64"),
  ],
  ["the padding is missing", (key) => acceptKey(key).replace("=", "")],
  ["no key was hashed", () => sha1(GUID, "base64")],
];

function sha1(data: string | Buffer, encoding: "base64" | "hex"): string {
  return createHash("sha1").update(data).digest(encoding);
}

function extensions(answer: Answer, { deflate }: Request): Finding[] {
  const value = field(answer, "sec-websocket-extensions");
  const code = extensionsFailure(value, deflate);
  return code ? [fail(code, `Sec-WebSocket-Extensions is ${JSON.stringify(value)}`)] : [];
}

/** What the 101 says of the subprotocols that were offered. */
export function judgeSubprotocol(answer: Answer, protocols: readonly string[]): readonly Finding[] {
  const values = fieldLines(answer, "sec-websocket-protocol");
  const offer = protocols.join(", ");
  if (values.length === 0) return offer ? [fail("SUBPROTOCOL_UNANSWERED", `offered were: ${offer}`)] : [];
  const shown = `the server answers ${values.map((value) => JSON.stringify(value)).join(" and ")}`;
  if (!offer) return [fail("SUBPROTOCOL_UNREQUESTED", shown)];
  if (values.length === 1 && protocols.includes(values[0]!)) return [];
  return [fail("SUBPROTOCOL_MISMATCH", `${shown}; offered were: ${offer}`)];
}
