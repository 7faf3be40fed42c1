import * as OPCODE from "../../../core/protocol/opcode.ts";
import { isHttpText } from "../../doctor/bytes.ts";
import type { Side } from "../explanation.ts";
import { closeOf, describeFrame, type SeenFrame } from "../frames/seen-frame.ts";
import type { Code } from "../meaning.ts";
import type { Speaker } from "./speaker.ts";
import type { Steps } from "./steps.ts";

/** What a side did wrong. */
export interface Fault {
  readonly by: Side;
  readonly code: Code;
  readonly detail: string;
}

/** Where what is read is written down. */
interface Notes {
  readonly steps: Steps;
  readonly faults: Fault[];
}

/** Reads the frames of a side, and notes what they say and what is wrong with them. */
export function readFrames(
  speaker: Speaker,
  listener: Speaker,
  bytes: Uint8Array,
  at: number,
  { steps, faults }: Notes,
): void {
  const scanner = speaker.scanner!;
  const wasInside = scanner.isInside;
  scanner.take(bytes, (frame, end) => {
    note(speaker, listener, frame, at);
    if (frame.failure === undefined) steps.add(at, speaker.side, () => describeFrame(frame));
    else {
      const begun = bytes.subarray(wasInside ? 0 : Math.max(0, end - 2));
      const fault = faultOf(speaker.side, frame.failure, frame, begun);
      faults.push(fault);
      const text = fault.code === "HTTP_AFTER_101" ? `text that is no frame: ${quoted(begun)}` : describeFrame(frame);
      steps.add(at, speaker.side, text, [fault.code]);
    }
  });
}

/** So many bytes of a side are not in the capture; false when its frames cannot be followed any more. */
export function passFrames(speaker: Speaker, listener: Speaker, count: number, at: number, { steps }: Notes): boolean {
  return (
    speaker.scanner?.lose(count, (frame) => {
      note(speaker, listener, frame, at);
      steps.add(at, speaker.side, () => describeFrame(frame));
    }) === true
  );
}

function note(speaker: Speaker, listener: Speaker, frame: SeenFrame, at: number): void {
  if (frame.opcode === OPCODE.CLOSE) {
    // A Close that is not all in the capture is one for all that.
    speaker.close ??= { ...(closeOf(frame) ?? { code: 0, reason: "" }), at, isFirst: listener.close === undefined };
  }
  if (frame.opcode === OPCODE.PING) speaker.pinged ??= at;
  if (frame.opcode <= OPCODE.BINARY && frame.fin && frame.failure === undefined) speaker.messages++;
  // Whatever comes back tells that the other side is there.
  listener.pinged = undefined;
}

function faultOf(by: Side, failure: Code, frame: SeenFrame, bytes: Uint8Array): Fault {
  if (by === "server" && isHttpText(bytes))
    return { by, code: "HTTP_AFTER_101", detail: `behind the 101 stands ${quoted(bytes)}` };
  return { by, code: failure, detail: `the ${by} sent it: ${describeFrame(frame)}` };
}

function quoted(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, 60)).toString("utf8").replace(/\s+/g, " ").trim());
}
