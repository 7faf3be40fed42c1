import { decodeText, encodeText } from "../../core/protocol/utf8.ts";

/** What processes say to each other about themselves. */
export type Talk =
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

export function encodeTalk(talk: Talk): Uint8Array {
  return encodeText(JSON.stringify(talk));
}

/** What the bytes say; undefined when they are nothing of this version: anybody may publish in NATS. */
export function decodeTalk(bytes: Uint8Array): Talk | undefined {
  const talk = Object(parse(bytes)) as { readonly [name: string]: unknown };
  if (!isId(talk.from)) return undefined;
  const isTalk =
    talk.say === "hello" ||
    talk.say === "here" ||
    talk.say === "gone" ||
    (talk.say === "count" && isCount(talk.id) && typeof talk.room === "string") ||
    (talk.say === "size" && isCount(talk.id) && isCount(talk.size));
  return isTalk ? (talk as unknown as Talk) : undefined;
}

/** It becomes a part of a subject. */
function isId(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f-]{36}$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes) ?? "");
  } catch {
    return undefined;
  }
}
