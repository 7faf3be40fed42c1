import { field } from "../answer.ts";
import type { Experiment, Outcome, Scene } from "../chart.ts";
import { fail } from "../finding.ts";
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
    if (before !== now) return sameKey(line, first!, before);
    return {
      result: "the same Accept",
      note: "another key gets the same Sec-WebSocket-Accept: it is cached, or a constant",
    };
  },
};

/** HAProxy 2.6 sends a key of its own where a rule has taken ours away (2026-11). */
async function sameKey(line: Scene["line"], { request }: Shake, before: string): Promise<Outcome> {
  const again = await line.shake({ headers: { "sec-websocket-key": request.key } });
  drop(again);
  const now = typeof again === "string" ? undefined : acceptOf(again);
  if (now === undefined || now === before) return { result: "another Accept" };
  const detail =
    "the same key gets another Sec-WebSocket-Accept each time: something on the way sends a key of its own, as HAProxy does where a rule takes ours away";
  const finding = { ...fail("ACCEPT_MISMATCH", detail), fix: "Pass Sec-WebSocket-Key on as it came." };
  return { result: "another Accept for the same key too", finding };
}

function acceptOf({ reply }: Shake): string | undefined {
  return reply.kind === "http" ? (field(reply.answer, "sec-websocket-accept") ?? undefined) : undefined;
}
