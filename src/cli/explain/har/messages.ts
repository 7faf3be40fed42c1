import { decodeClosePayload } from "../../../core/protocol/close.ts";
import * as OPCODE from "../../../core/protocol/opcode.ts";
import type { Side } from "../explanation.ts";
import { describeFrame, type SeenFrame } from "../frames/seen-frame.ts";
import { type Json, listOf, numberOf, objectOf, textOf } from "../json.ts";

/** One message of a HAR. */
export interface ShownMessage {
  /** Since the connection was begun: milliseconds; null where that is not told. */
  readonly ms: number | null;
  readonly by: Side;
  readonly what: string;
  readonly close: { readonly code: number; readonly reason: string } | undefined;
}

/** The messages of an entry, in their order. */
export function messagesOf(entry: Json): readonly ShownMessage[] {
  const start = Date.parse(textOf(entry.startedDateTime));
  return listOf(entry._webSocketMessages).map((one) => {
    const message = objectOf(one);
    const time = numberOf(message.time);
    const payload = payloadOf(message);
    const close = numberOf(message.opcode) === OPCODE.CLOSE ? decodeClosePayload(payload) : undefined;
    return {
      ms: time === undefined || Number.isNaN(start) ? null : Math.max(0, sinceEpoch(time) - start),
      by: message.type === "send" ? "client" : "server",
      what: describeFrame(frameOf(message, payload)) + orBlob(message),
      close: typeof close === "object" ? close : undefined,
    };
  });
}

/** Playwright counts milliseconds, Chromium's panel seconds. */
function sinceEpoch(time: number): number {
  return time > 1e11 ? time : time * 1000;
}

/** Chromium 156 (2026-11) tells a Blob that a page sends as a binary message without bytes. */
function orBlob({ type, opcode, data }: Json): string {
  const maybe = type === "send" && opcode === OPCODE.BINARY && data === "";
  return maybe ? ", or a Blob of any length, whose bytes Chromium does not tell" : "";
}

/** What is no text is in base64. */
function payloadOf({ opcode, data }: Json): Uint8Array {
  return Buffer.from(textOf(data), opcode === OPCODE.TEXT ? "utf8" : "base64");
}

function frameOf({ opcode, data }: Json, payload: Uint8Array): SeenFrame {
  const kind = numberOf(opcode) ?? OPCODE.TEXT;
  return {
    opcode: kind,
    fin: true,
    compressed: false,
    masked: false,
    length: payload.length,
    came: payload.length,
    payload,
    text: kind === OPCODE.TEXT ? textOf(data) : undefined,
    failure: undefined,
  };
}
