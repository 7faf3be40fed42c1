import type { Shake } from "../shake.ts";

/** What a handshake led to, in a few words. A string says why there was none. */
export function resultOf(shake: Shake | string): string {
  if (typeof shake === "string") return shake;
  const { reply } = shake;
  if (reply.kind === "http") return reply.answer.statusLine.replace(/^\S+ /, "");
  if (reply.kind === "closed") return reply.end.how === "fin" ? "closed without an answer" : "reset without an answer";
  return reply.kind === "silent" ? "no answer" : "no HTTP answer";
}

/** The status of an answer; undefined when there was none. */
export function statusOf(shake: Shake | string): number | undefined {
  return typeof shake !== "string" && shake.reply.kind === "http" ? shake.reply.answer.status : undefined;
}

/** Whether a handshake was answered with a 101. */
export function isOpen(shake: Shake | string): shake is Shake {
  return statusOf(shake) === 101;
}

/** Ends what a handshake left open. */
export function drop(shake: Shake | string): void {
  if (typeof shake !== "string") shake.wire.destroy();
}
