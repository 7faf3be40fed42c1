import { closeSays } from "../close-codes.ts";
import type { Finding, Step } from "../explanation.ts";
import { FrameScanner } from "../frames/scanner.ts";
import { closeOf, describeFrame, forbidden, opcodeName, type SeenFrame } from "../frames/seen-frame.ts";

/** More frames are not told one by one. */
const TOLD = 200;

/** Frames that stand behind one another, and whether that is sure: nothing is left over, or what they say is text. */
export interface Frames {
  readonly frames: readonly SeenFrame[];
  readonly sure: boolean;
}

/** Takes bytes for frames of one side; undefined when the first of them cannot be one. */
export function framesIn(bytes: Uint8Array): Frames | undefined {
  const frames: SeenFrame[] = [];
  let end = 0;
  const scanner = new FrameScanner({ masked: undefined, lenient: true });
  scanner.take(bytes, (frame, at) => {
    frames.push(frame);
    end = at;
  });
  const cut = scanner.unfinished();
  const all = cut ? [...frames, cut] : frames;
  const [first] = all;
  if (
    !first ||
    opcodeName(first.opcode).startsWith("opcode") ||
    first.length >= 2 ** 53 ||
    (first.failure && !TELLING.test(first.failure))
  )
    return undefined;
  return {
    frames: all,
    sure: end === bytes.length || all.some(isReadable) || (cut?.came === 0 && !cut.masked && bytes.length > 3),
  };
}

/** Faults of a frame that is one for all that. */
const TELLING = /^(?:CONTROL_|CONTINUATION|CLOSE_|INVALID_UTF8|LENGTH_)/;

function isReadable({ text, failure, came }: SeenFrame): boolean {
  return failure === undefined && came > 7 && text !== undefined && !UNREADABLE.test(text.replace(/\ufffd$/, ""));
}

const UNREADABLE = /[^\P{Cc}\n\r\t]|\ufffd/u;

/** What frames say. */
export function framesFinding({ frames }: Frames): Finding {
  const codes = [...new Set(frames.map(({ failure }) => failure).filter((code) => code !== undefined))];
  const [first, ...more] = frames;
  if (more.length === 0) return { kind: "bytes", what: oneFrame(first!), codes, sure: true, note: ALONE };
  const sides = new Set(frames.map(sideOf));
  const from =
    sides.size > 1 ? "of both sides" : `${first!.masked ? "masked, so from a client" : "not masked, so from a server"}`;
  const what = `${frames.length} WebSocket frames, ${from}: ${frames.slice(0, 3).map(describeFrame).join("; ")}${frames.length > 3 ? "; …" : ""}.`;
  return { kind: "bytes", what, steps: stepsOf(frames), codes, sure: true };
}

const ALONE = "As the first bytes of a connection it is data before the handshake.";

/** The steps of frames that have no clock. */
export function stepsOf(frames: readonly SeenFrame[]): readonly Step[] {
  return frames.slice(0, TOLD).map((frame) => ({
    ms: null,
    by: sideOf(frame),
    what: describeFrame(frame),
    codes: frame.failure === undefined ? [] : [frame.failure],
  }));
}

function sideOf({ masked }: SeenFrame): "client" | "server" {
  return masked ? "client" : "server";
}

function oneFrame(frame: SeenFrame): string {
  const close = closeOf(frame);
  const { opcode, fin, compressed, masked, length, text, came } = frame;
  const traits = [
    opcodeName(opcode),
    fin ? "" : "not the last of its message",
    compressed ? "compressed (RSV1)" : "",
    masked ? "masked, so from a client" : "not masked, so from a server",
    `${length} byte${length === 1 ? "" : "s"}`,
    came < length && came > 0 ? `of which ${came} are here` : "",
  ];
  const said = close
    ? `: ${close.code}${close.reason && ` ${JSON.stringify(close.reason)}`}: ${closeSays(close.code).replace(/\.$/, "")}`
    : shownText(text) || forbidden(frame);
  return `A WebSocket frame: ${traits.filter(Boolean).join(", ")}${said}.`;
}

function shownText(text: string | undefined): string {
  if (text === undefined || text === "") return "";
  return text.includes("\ufffd")
    ? ", no UTF-8"
    : `: ${JSON.stringify(text.slice(0, 60))}${text.length > 60 ? "…" : ""}`;
}
