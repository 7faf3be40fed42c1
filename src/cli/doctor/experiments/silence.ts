import type { Chart } from "../chart.ts";
import type { Line } from "../shake.ts";
import { Talk } from "../talk.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** Opens a connection and only listens: how many milliseconds it lived, undefined when it outlived `ms` or never opened. */
export async function lifeInSilence(line: Line, ms: number, pingMs: number = Number.POSITIVE_INFINITY): Promise<Life> {
  const shake = await line.shake({});
  if (!isOpen(shake)) {
    drop(shake);
    return { result: resultOf(shake), opened: false, cutAfterMs: undefined };
  }
  const talk = new Talk(shake);
  const left = () => line.budget.within(talk.began + ms - performance.now());
  while (!talk.ended && left() > 0) {
    await talk.listen(Math.min(pingMs, left()));
    if (pingMs < ms) talk.ping("");
  }
  drop(shake);
  const cutAfterMs = talk.ended && Math.round(talk.ended.at - talk.began);
  return {
    result: talk.ended ? `${ending(talk)} after ${cutAfterMs} ms` : `still open after ${ms} ms`,
    opened: true,
    cutAfterMs,
  };
}

/** How long a connection lived. */
export interface Life {
  readonly result: string;
  readonly opened: boolean;
  /** Undefined if it outlived the time. */
  readonly cutAfterMs: number | undefined;
}

function ending({ ended, wire }: Talk): string {
  if (ended!.wasClean) return `Close ${ended!.code} ${ended!.reason}`.trim();
  return wire.end?.how === "fin" ? "FIN" : "reset";
}

/** Whether a connection that hears nothing from us dies as young as the first: told as an experiment. */
export async function diesInSilence(chart: Chart, line: Line, ms: number): Promise<number | undefined> {
  let cutAfterMs: number | undefined;
  await chart.experiment({ line, chart, first: undefined }, [
    {
      name: "the same in silence",
      async run() {
        const life = await lifeInSilence(line, Math.round(ms));
        cutAfterMs = life.cutAfterMs;
        return { result: life.result };
      },
    },
  ]);
  return cutAfterMs;
}
