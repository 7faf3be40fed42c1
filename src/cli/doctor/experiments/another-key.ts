import { field } from "../answer.ts";
import type { Experiment } from "../chart.ts";
import type { Shake } from "../shake.ts";
import { drop, resultOf } from "./result.ts";

/** Whether the Accept changes with the key: one that does not was cached, or written into the program. */
export const ANOTHER_KEY: Experiment = {
  name: "another Sec-WebSocket-Key",
  async run({ line, first }) {
    const shake = await line.shake();
    drop(shake);
    const [before, now] = [first && acceptOf(first), typeof shake === "string" ? undefined : acceptOf(shake)];
    if (before === undefined || now === undefined) return { result: resultOf(shake) };
    const same = before === now;
    return {
      result: same ? "the same Accept" : "another Accept",
      note: same ? "another key gets the same Sec-WebSocket-Accept: it is cached, or a constant" : undefined,
    };
  },
};

function acceptOf({ reply }: Shake): string | undefined {
  return reply.kind === "http" ? (field(reply.answer, "sec-websocket-accept") ?? undefined) : undefined;
}
