import { decodeClosePayload } from "../../../core/protocol/close.ts";
import * as OPCODE from "../../../core/protocol/opcode.ts";
import type { ProtocolFailureCode } from "../../../core/protocol/protocol-failures.ts";
import { closeSays } from "../close-codes.ts";

/** One frame that went over a connection. */
export interface SeenFrame {
  readonly opcode: number;
  /** Whether it is the last of its message. */
  readonly fin: boolean;
  /** Whether RSV1 marks the message as compressed. */
  readonly compressed: boolean;
  readonly masked: boolean;
  /** What its header says: bytes. */
  readonly length: number;
  /** How many of them came. */
  readonly came: number;
  /** How the payload begins, unmasked; of a control frame all of it. */
  readonly payload: Uint8Array;
  /** How the message of which it is the last frame begins, if that is text. */
  readonly text: string | undefined;
  /** What is wrong with it. */
  readonly failure: ProtocolFailureCode | undefined;
}

const NAMES: Readonly<Record<number, string>> = {
  [OPCODE.CONTINUATION]: "continuation",
  [OPCODE.TEXT]: "text",
  [OPCODE.BINARY]: "binary",
  [OPCODE.CLOSE]: "Close",
  [OPCODE.PING]: "Ping",
  [OPCODE.PONG]: "Pong",
};

/** The name of an opcode. */
export function opcodeName(opcode: number): string {
  return NAMES[opcode] ?? `opcode ${opcode}`;
}

/** Code and reason of a Close that is all there. */
export function closeOf({ opcode, payload, length, came }: SeenFrame): { code: number; reason: string } | undefined {
  if (opcode !== OPCODE.CLOSE || came < length) return undefined;
  const close = decodeClosePayload(payload);
  return typeof close === "string" ? undefined : close;
}

const PRINTABLE = /^[ -~]+$/;

/** The code of a Close that may not have it, or the reason that Deno 2.9.5 (2026-11) sends in its place for `close(undefined, reason)`. */
export function forbidden({ payload, failure }: SeenFrame): string {
  if (failure !== "CLOSE_CODE_INVALID") return "";
  const text = String.fromCharCode(...payload);
  return PRINTABLE.test(text)
    ? `: ${JSON.stringify(text)} where the code belongs`
    : `: ${(payload[0]! << 8) | payload[1]!}`;
}

const SHOWN = 60;

/** A frame in a few words: `text, 5 bytes: "hello"`, `Close 1001 "bye"`, `Ping`. */
export function describeFrame(frame: SeenFrame): string {
  const close = closeOf(frame);
  if (close)
    return `Close${close.code === 1005 ? " without a code" : ` ${close.code}`}${close.reason && ` ${JSON.stringify(close.reason)}`}`;
  const { opcode, fin, compressed, length, came, text, failure } = frame;
  const traits = [
    opcodeName(opcode),
    fin ? "" : "not the last of its message",
    compressed ? "compressed" : "",
    length === 0 && opcode > 7 ? "" : `${length} byte${length === 1 ? "" : "s"}`,
    came < length && failure === undefined ? (came === 0 ? "of which none came" : `of which ${came} came`) : "",
  ];
  const said = text === undefined || text === "" ? forbidden(frame) : `: ${shown(text)}`;
  return `${traits.filter(Boolean).join(", ")}${said}`;
}

/** A close code with its reason and what it says; 0 stands for one that was not seen. */
export function shownClose({ code, reason }: { readonly code: number; readonly reason: string }): string {
  if (code === 0) return "a code that is not in it";
  return `${code}${reason && ` ${JSON.stringify(reason)}`} (${closeSays(code).replace(/\.$/, "")})`;
}

function shown(text: string): string {
  return `${JSON.stringify(text.slice(0, SHOWN))}${text.length > SHOWN ? "…" : ""}`;
}
