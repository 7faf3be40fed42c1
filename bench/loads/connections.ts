import { frameOf, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { type LoadClient, openAll, type Where } from "./client.ts";
import { NO_TAKEOVER } from "./echo.ts";
import { type Amount, type Measurement, sleep, stopwatch } from "./measurement.ts";

export interface ConnectionsLoad {
  readonly connections: number;
  /** How many handshakes are under way at a time. */
  readonly atATime: number;
  readonly deflate?: boolean;
}

const PAYLOAD = { kind: "binary", size: 64, seed: 0 } as const;

function whereTo(server: ServerProcess, deflate: boolean | undefined): Where {
  const path = `/?kind=${PAYLOAD.kind}&size=${PAYLOAD.size}&seed=${PAYLOAD.seed}`;
  return { port: server.port, path, extensions: deflate ? NO_TAKEOVER : undefined };
}

/** Opens so many connections, some thousands at most at once, and closes them. */
export async function openAndClose(server: ServerProcess, total: number, load: ConnectionsLoad): Promise<void> {
  for (let left = total; left > 0; left -= load.connections) {
    const count = Math.min(left, load.connections);
    for (const client of await openAll(count, load.atATime, () => whereTo(server, load.deflate))) client.reset();
    await sleep(0.1);
  }
}

/** Opens connections and keeps them; one in a hundred is tried out afterwards. */
export async function handshakes(
  server: ServerProcess,
  load: ConnectionsLoad,
  { divisor }: Amount,
): Promise<Measurement> {
  const count = Math.ceil(load.connections / divisor);
  // Others had their turns since the last time: the first ones make caches warm, of the load too.
  await openAndClose(server, Math.ceil(count / 4), load);
  let opened = 0;
  const read = stopwatch(server, () => opened);
  const clients = await openAll(count, load.atATime, () => whereTo(server, false));
  opened = clients.length;
  const measured = read();
  await tryOut(clients);
  for (const client of clients) client.reset();
  await sleep(0.1);
  return measured;
}

/** What an engine needs once for all, above all for what it compiles, is there before the others come. */
export const THERE_BEFORE = 2000;

/** What the server's memory grows by while more connections are open and nothing is sent. Needs a fresh server. */
export async function memory(
  server: ServerProcess,
  { connections, atATime, deflate }: ConnectionsLoad,
  { divisor }: Amount,
): Promise<Measurement> {
  const where = () => whereTo(server, deflate);
  const count = Math.ceil(connections / divisor);
  const there = await openAll(Math.ceil(THERE_BEFORE / divisor), atATime, where);
  await sleep(0.2);
  const before = await server.restingBytes();
  const read = stopwatch(server, () => connections);
  const clients = await openAll(count, atATime, where);
  await sleep(0.2);
  const bytes = (await server.restingBytes()) - before;
  const measured = { ...read(), count: clients.length, bytes };
  await tryOut(clients);
  for (const client of [...there, ...clients]) client.reset();
  return measured;
}

async function tryOut(clients: readonly LoadClient[]): Promise<void> {
  const payload = payloadOf(PAYLOAD);
  const expected = frameOf("binary", payload, undefined);
  for (const client of clients.filter((_, at) => at % 100 === 0)) {
    const reply = client.collect(expected.length);
    client.write(frameOf("binary", payload, 0x12345678));
    if (!(await reply).equals(expected)) throw new Error("an echo is not what was sent");
  }
}
