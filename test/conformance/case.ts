import { createHash } from "node:crypto";
import type { Peer, ServerFrame } from "./peer.ts";
import { BINARY, CLOSE, close, frame, PONG, TEXT } from "./wire.ts";

/** What a client says and what it must hear, to the end of the stream. */
export interface Case {
  readonly name: string;
  readonly send: readonly Uint8Array[];
  readonly hear: readonly string[];
  /** It has another outcome once permessage-deflate is agreed to. */
  readonly plain?: boolean;
}

/** A case that ends well: the client closes with 1000 after what it sends, and is answered. */
export function good(name: string, send: readonly Uint8Array[], hear: readonly string[]): Case {
  return { name, send: [...send, close(1000)], hear: [...hear, "close 1000"] };
}

/** A case in which the server fails the connection with a code; what follows the failure is never processed. */
export function bad(name: string, send: readonly Uint8Array[], code: number, before: readonly string[] = []): Case {
  const after = [frame(TEXT, "ignored"), close(1000)];
  return { name, send: [...send, ...after], hear: [...before, `close ${code}`] };
}

/** As `bad`, but nothing follows: the failure must be found without another byte. */
export function badAtOnce(name: string, send: readonly Uint8Array[], code: number): Case {
  return { name, send, hear: [`close ${code}`] };
}

/** `text hello`, `binary 00ff`, `pong 01`, `close 1000`: long payloads by length and hash. */
export function heard(kind: "text" | "binary" | "pong", payload: string | Uint8Array): string {
  const data = typeof payload === "string" ? Buffer.from(payload) : payload;
  if (data.length <= 64) return `${kind} ${kind === "text" ? Buffer.from(data) : Buffer.from(data).toString("hex")}`;
  return `${kind} of ${data.length} bytes ${createHash("sha1").update(data).digest("hex").slice(0, 12)}`;
}

/** A server's frame as `heard` writes it; anything that a server must not send shows. */
export function describeFrame({ fin, rsv, opcode, masked, payload }: ServerFrame): string {
  const odd = `${fin ? "" : "unfinished "}${rsv ? `rsv ${rsv} ` : ""}${masked ? "masked " : ""}`;
  if (opcode === TEXT) return odd + heard("text", payload);
  if (opcode === BINARY) return odd + heard("binary", payload);
  if (opcode === PONG) return odd + heard("pong", payload);
  if (opcode === CLOSE) return `${odd}close ${payload.length === 0 ? 1005 : payload.readUInt16BE(0)}`;
  return `${odd}opcode ${opcode}`;
}

/** What a peer hears until the server ends its side of the stream, and how that end came. */
export async function outcome(peer: Peer): Promise<string[]> {
  const frames = await peer.rest();
  return [...frames.map(describeFrame), await peer.end];
}
