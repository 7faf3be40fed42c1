import type { Experiment } from "../chart.ts";
import { Talk } from "../talk.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** A server may only keep what says keep-alive. */
export const KEEP_ALIVE: Experiment = {
  name: "Connection: keep-alive, Upgrade",
  async run({ line }) {
    const shake = await line.shake({ headers: { connection: "keep-alive, Upgrade" } });
    if (!isOpen(shake)) {
      drop(shake);
      return { result: resultOf(shake) };
    }
    const talk = new Talk(shake);
    await talk.listen(1200);
    drop(shake);
    if (talk.ended) return { result: "ended too" };
    return {
      result: "stays open",
      note: "with Connection: keep-alive, Upgrade it stays open: the server goes by keep-alive",
    };
  },
};
