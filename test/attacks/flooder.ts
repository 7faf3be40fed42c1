/**
 * What sends to clients that never read, on Node, Bun and Deno: a definition that floods as it is told to, with the limits
 * that the command line brings. It prints what becomes of it, one JSON object a line.
 */
import { defineSocket, type Limits, type Room, type SocketEvent } from "onesocket";

/** How to flood: messages of so many bytes, so many in each turn of the event loop, until it is this often or nobody is left. */
export interface Flood {
  readonly bytes: number;
  readonly perTurn: number;
  readonly turns: number;
  /** To the room at once, rather than to each of its members but the one who says so. Those named "twice" get it twice. */
  readonly room?: boolean;
  /** Every so many turns, what Node's heap and buffers hold is told, garbage aside: wants `--expose-gc`. */
  readonly weighEvery?: number;
}

/** What it prints. */
export type Line =
  | { readonly ready: number }
  /** A socket was closed for its slowness. */
  | { readonly failed: string; readonly name: string | undefined }
  /** So many bytes are held, before the flood or within it. */
  | { readonly held: number }
  /** How often something was sent, to whom is left. */
  | { readonly flooded: number };

const [runtime, given = "{}"] = process.argv.slice(2);
const names = new Map<string, string>();

function print(line: Line): void {
  console.log(JSON.stringify(line));
}

const flooder = defineSocket({
  name: "flooder",
  origins: "*",
  limits: JSON.parse(given) as Partial<Limits>,
  upgrade: (request) => ({ state: { name: new URL(request.url).searchParams.get("name") ?? "" } }),
  open: (socket) => void names.set(socket.id, socket.state.name),
  message: (socket, data) => void flood(socket.room, socket.id, JSON.parse(data as string) as Flood),
});

type Member = Parameters<NonNullable<typeof flooder.message>>[0];

function weigh(): void {
  (globalThis as { gc?(): void }).gc!();
  const { heapUsed, external } = process.memoryUsage();
  print({ held: heapUsed + external });
}

async function flood(
  room: Room,
  speaker: string,
  { bytes, perTurn, turns, room: all, weighEvery = Infinity }: Flood,
): Promise<void> {
  const data = new Uint8Array(bytes).fill(7);
  const members = (room.sockets as Member[]).filter(({ id }) => id !== speaker);
  if (weighEvery < Infinity) weigh();
  for (const member of members) if (member.state.name !== "reader") await fill(member);
  const targets = members.flatMap((member) => (member.state.name === "twice" ? [member, member] : [member]));
  // However busy the machine is.
  const readers = (room.sockets as Member[]).filter(({ state }) => ["reader", "speaker"].includes(state.name));
  let sent = 0;
  for (let turn = 0; turn < turns && members.some(({ readyState }) => readyState === 1); turn++) {
    for (let i = 0; i < perTurn; i++) {
      sent++;
      if (all) room.send(data);
      else for (const target of targets) target.send(data);
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (turn % weighEvery === weighEvery - 1) weigh();
    for (const reader of readers) if (reader.bufferedAmount! > 1 << 18) await reader.drained();
  }
  print({ flooded: sent });
}

/** Fills what the kernel takes for someone: from then on everything waits in this process. */
async function fill(member: Member): Promise<void> {
  const data = new Uint8Array(16_384);
  while (member.bufferedAmount === 0) {
    for (let i = 0; i < 16; i++) member.send(data);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function observe(event: SocketEvent): void {
  if (event.type === "failed") print({ failed: event.code, name: names.get(event.socket) });
}

declare const Bun: { serve(options: object): { readonly port: number } };
declare const Deno: { serve(options: object, fetch: unknown): { readonly addr: { readonly port: number } } };

async function listen(): Promise<number> {
  const address = { port: 0, hostname: "127.0.0.1" };
  if (runtime === "bun")
    return Bun.serve({ ...(await import("onesocket/bun")).bun(flooder, { observe }), ...address }).port;
  if (runtime === "deno") {
    const quiet = { ...address, onListen() {} };
    return Deno.serve(quiet, (await import("onesocket/deno")).deno(flooder, { observe }).fetch).addr.port;
  }
  return (await (await import("onesocket/node")).serve(flooder, { observe, ...address })).port;
}

print({ ready: await listen() });
