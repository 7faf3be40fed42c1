import { objectName } from "../../src/adapters/cloudflare/shards/names.ts";
import { startWorker } from "../helpers/miniflare.ts";
import type { Moment, RunningHost } from "./runtime.ts";

const NAMES = [
  ...["Main", "Echo", "Small", "Gated", "Hurried", "Counted", "Versions"],
  ...["Strict", "Friends", "Anyone", "Faulty", "Careful", "Slow", "Packed"],
  ...["Busy", "Deep", "Twin", "Misled", "Few", "Each", "Beating", "Paced", "Spoken", "Remembering", "Seen", "Living"],
];

/**
 * Starts the contract's app with its rooms in Durable Objects, which hibernate when told, or in every case. `shards`: how many objects each room has
 * its sockets in; 0 stands for one, as most rooms have.
 */
export async function startDurable(asleep?: Moment, shards = 0): Promise<RunningHost> {
  const { url, logs, dispose, evict } = await startWorker(`${import.meta.dirname}/../hosts/contract/durable.ts`, {
    // Without the first nothing tells that a client went away during upgrade; the second has Buffer.
    compatibilityFlags: ["enable_request_signal", "nodejs_compat"],
    vars: { GREETING: "hello" },
    define: { SHARDS: `${shards}` },
    objects: Object.fromEntries(NAMES.map((name) => [name.toUpperCase(), name])),
  });
  const ask = async (what: string, definition: string, room: string) =>
    Number(await (await fetch(`${url}/${what}/${definition}/${encodeURIComponent(room)}`)).text());
  const sleep = (binding: string, name: string) =>
    evict(binding, name).then(
      () => true,
      (error: Error) => {
        // Asleep already: an auto-response, for one, wakes nobody.
        if (error.message.includes("not currently running")) return false;
        throw error;
      },
    );
  const objectsOf = (room: string) => Array.from({ length: shards && shards + 1 }, (_, i) => objectName(room, i));
  return {
    ...{ url, logs, stop: dispose },
    ...(asleep && { asleep }),
    async evict(definition, room) {
      const binding = definition.toUpperCase();
      if (shards === 0) return sleep(binding, room);
      const slept = await Promise.all(objectsOf(room).map((name) => sleep(binding, name)));
      return slept.includes(true);
    },
    ...(shards === 0 && {
      made: (definition: string, room: string) => ask("made", definition, room),
      running: (definition: string, room: string) => ask("running", definition, room),
    }),
  };
}
