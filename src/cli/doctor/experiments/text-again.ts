import type { Chart } from "../chart.ts";
import type { Line } from "../shake.ts";
import { Talk } from "../talk.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** Within this a server that ends a connection because of a text does so: milliseconds. */
const SOON_MS = 400;

/** Whether another connection that sends a text at once gets it back, and stays: told as an experiment. */
export async function survivesText(chart: Chart, line: Line): Promise<boolean> {
  let survives = false;
  await chart.experiment({ line, chart, first: undefined }, [
    {
      name: "a text again",
      async run() {
        const shake = await line.shake({});
        if (!isOpen(shake)) {
          drop(shake);
          return { result: resultOf(shake) };
        }
        const talk = new Talk(shake);
        talk.send(TEXT);
        await talk.listen(line.budget.within(SOON_MS));
        drop(shake);
        survives = talk.ended === undefined && talk.messages.includes(TEXT);
        return { result: survives ? "stays open" : talk.ended ? "it ended too" : "no echo" };
      },
    },
  ]);
  return survives;
}

const TEXT = "onesocket doctor";
