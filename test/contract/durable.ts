import { startWorker } from "../helpers/miniflare.ts";
import type { Moment, RunningHost } from "./runtime.ts";

const NAMES = [
  ...["Main", "Echo", "Small", "Gated", "Hurried", "Counted", "Versions"],
  ...["Strict", "Friends", "Anyone", "Faulty", "Careful", "Slow", "Packed"],
  ...["Busy", "Deep", "Twin", "Misled", "Few", "Each", "Beating", "Paced", "Spoken", "Remembering"],
];

/** Starts the contract's app with its rooms in Durable Objects, which hibernate when told, or in every case. */
export async function startDurable(asleep?: Moment): Promise<RunningHost> {
  const { url, logs, dispose, evict } = await startWorker(`${import.meta.dirname}/../hosts/contract/durable.ts`, {
    // Without the first nothing tells that a client went away during upgrade; the second has Buffer.
    compatibilityFlags: ["enable_request_signal", "nodejs_compat"],
    vars: { GREETING: "hello" },
    objects: Object.fromEntries(NAMES.map((name) => [name.toUpperCase(), name])),
  });
  const ask = async (what: string, definition: string, room: string) =>
    Number(await (await fetch(`${url}/${what}/${definition}/${encodeURIComponent(room)}`)).text());
  return {
    ...{ url, logs, stop: dispose },
    ...(asleep && { asleep }),
    evict: (definition, room) =>
      evict(definition.toUpperCase(), room).then(
        () => true,
        (error: Error) => {
          // Asleep already: an auto-response, for one, wakes nobody.
          if (error.message.includes("not currently running")) return false;
          throw error;
        },
      ),
    made: (definition, room) => ask("made", definition, room),
    running: (definition, room) => ask("running", definition, room),
  };
}
