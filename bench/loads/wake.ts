import { frameOf, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, openAll } from "./client.ts";
import { type Amount, type Measurement, stopwatch } from "./measurement.ts";

const PAYLOAD = { kind: "binary", size: 64, seed: 0 } as const;
/** One takes a millisecond, and may take half as long again: opening the connections takes longer than all of them. */
const WAKES = 25;

/** Wakes a server that sleeps with so many connections, by one message on one of them, until that is answered. */
export async function wake(server: ServerProcess, connections: number, { divisor }: Amount): Promise<Measurement> {
  const clients = await openAll(Math.ceil(connections / divisor), 50, () => ({ port: server.port, path: "/" }));
  const expected = frameOf("binary", payloadOf(PAYLOAD), undefined);
  const frame = frameOf("binary", payloadOf(PAYLOAD), 0x12345678);
  const ask = async (at: number) => {
    const client = clients[at % clients.length]!;
    const reply = client.collect(expected.length);
    client.write(frame);
    if (!(await reply).equals(expected)) throw new Error("an echo is not what was sent");
  };
  try {
    const wakes: Measurement[] = [];
    for (let i = 0; i < WAKES; i++) {
      await server.rest();
      const read = stopwatch(server, () => 1);
      await ask(i);
      wakes.push({ ...read(), count: 1 });
    }
    // Nobody was lost.
    for (let i = 0; i < clients.length; i++) await ask(i);
    await checkQuiet(clients);
    return wakes.sort((a, b) => a.cpu - b.cpu)[WAKES >> 1]!;
  } finally {
    for (const client of clients) client.reset();
  }
}
