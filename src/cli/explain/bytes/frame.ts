import { decodeClosePayload } from "../../../core/protocol/close.ts";
import {
  FIN,
  headerFailure,
  headerLength,
  maskingKey,
  OPCODE,
  opcodeOf,
  payloadLength,
} from "../../../core/protocol/frame.ts";
import { copyMasked } from "../../../core/protocol/mask.ts";
import type { ProtocolFailureCode } from "../../../core/protocol/protocol-failures.ts";
import { decodeText } from "../../../core/protocol/utf8.ts";
import { closeSays } from "../close-codes.ts";
import type { Finding } from "../explanation.ts";

const NAMES: Readonly<Record<number, string>> = {
  [OPCODE.CONTINUATION]: "continuation",
  [OPCODE.TEXT]: "text",
  [OPCODE.BINARY]: "binary",
  [OPCODE.CLOSE]: "Close",
  [OPCODE.PING]: "Ping",
  [OPCODE.PONG]: "Pong",
};

const RSV1 = 0x40;
const MASK = 0x80;
const SHOWN = 60;

/** Takes the bytes for a frame; undefined when they cannot be one. */
export function frameFinding(bytes: Uint8Array): Finding | undefined {
  const [first = 0, second = 0] = bytes;
  const name = NAMES[opcodeOf(first)];
  const start = headerLength(second);
  if (name === undefined || first & 0x30 || bytes.length < start) return undefined;
  const length = payloadLength(bytes, 0);
  if (length >= 2 ** 53) return undefined;
  const masked = (second & MASK) !== 0;
  const failure = headerFailure(first, second, masked, RSV1, opcodeOf(first) === OPCODE.CONTINUATION);
  const traits = [
    first & FIN ? "" : "not the last of its message",
    first & RSV1 ? "compressed (RSV1)" : "",
    masked ? "masked, so from a client" : "not masked, so from a server",
    `${length} byte${length === 1 ? "" : "s"}`,
  ];
  return {
    kind: "bytes",
    what: `A WebSocket frame: ${name}, ${traits.filter(Boolean).join(", ")}${shown(bytes, start, length)}.`,
    codes: [failure ?? closeFailure(bytes, start, length)].filter((code) => code !== undefined),
    note: "As the first bytes of a connection it is data before the handshake.",
  };
}

/** What is wrong with the payload of a Close that is all there. */
function closeFailure(bytes: Uint8Array, start: number, length: number): ProtocolFailureCode | undefined {
  if (opcodeOf(bytes[0]!) !== OPCODE.CLOSE || bytes.length < start + length) return undefined;
  const close = decodeClosePayload(payloadOf(bytes, start, length));
  return typeof close === "string" ? close : undefined;
}

/** The payload, unmasked, as far as it is there. */
function payloadOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const payload = bytes.slice(start, start + length);
  copyMasked(payload, 0, payload, 0, payload.length, maskingKey(bytes, 0, start), 0);
  return payload;
}

/** The payload, as far as it can be read. */
function shown(bytes: Uint8Array, start: number, length: number): string {
  const payload = payloadOf(bytes, start, length);
  const opcode = opcodeOf(bytes[0]!);
  if (opcode === OPCODE.CLOSE && payload.length === length) return closing(payload);
  if (opcode !== OPCODE.TEXT || bytes[0]! & RSV1 || length === 0) return "";
  const text = decodeText(payload);
  return text === undefined
    ? ", no UTF-8"
    : `: ${JSON.stringify(text.slice(0, SHOWN))}${text.length > SHOWN ? "…" : ""}`;
}

function closing(payload: Uint8Array): string {
  const close = decodeClosePayload(payload);
  if (typeof close === "string") return "";
  const { code, reason } = close;
  return `: ${code}${reason && ` ${JSON.stringify(reason)}`}: ${closeSays(code).replace(/\.$/, "")}`;
}
