import { encodeText } from "../../core/protocol/utf8.ts";
import { isCount, parseJson } from "../shared/brokers/json.ts";

/** What processes say to each other about themselves. */
export type ProcessMessage =
  /** To all: I am new, who is there? */
  | { readonly say: "hello"; readonly from: string }
  /** To all, again and again, and to one that is new. */
  | { readonly say: "here"; readonly from: string }
  /** To all: I leave. */
  | { readonly say: "gone"; readonly from: string }
  /** To all: how many sockets do you have there? */
  | { readonly say: "count"; readonly from: string; readonly id: number; readonly room: string }
  /** To the one who asked. */
  | { readonly say: "size"; readonly from: string; readonly id: number; readonly size: number };

export function encodeProcessMessage(message: ProcessMessage): Uint8Array {
  return encodeText(JSON.stringify(message));
}

/** What the bytes say; undefined when they are nothing of this version: anybody may publish in NATS. */
export function decodeProcessMessage(bytes: Uint8Array): ProcessMessage | undefined {
  const message = Object(parseJson(bytes)) as { readonly [name: string]: unknown };
  if (!isId(message.from)) return undefined;
  const isKnown =
    message.say === "hello" ||
    message.say === "here" ||
    message.say === "gone" ||
    (message.say === "count" && isCount(message.id) && typeof message.room === "string") ||
    (message.say === "size" && isCount(message.id) && isCount(message.size));
  return isKnown ? (message as unknown as ProcessMessage) : undefined;
}

/** It becomes a part of a subject. */
function isId(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f-]{36}$/.test(value);
}
