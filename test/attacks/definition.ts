/** What is attacked, on whatever runtime: one definition with small limits. What a socket does is decided by its path. */
import { defineSocket, rooms, type Socket, type SocketDefinition, type SocketEvent } from "onesocket";
import { deflate } from "onesocket/deflate";
import { liveRooms } from "../../src/core/rooms/registry.ts";
import type { Numbers, Order } from "./target.ts";

/** Milliseconds, by whatever timers a runtime has. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const failed: string[] = [];
/** Open sockets by their rooms, counted by hooks: those of a Durable Object are in no registry. */
const open = new Map<string, number>();
let gate = Promise.withResolvers<void>();

function count(room: string, change: 1 | -1): void {
  const sockets = (open.get(room) ?? 0) + change;
  if (sockets > 0) open.set(room, sockets);
  else open.delete(room);
}

const BEHAVIOUR: Record<string, (socket: Socket, data: string | Uint8Array) => unknown> = {
  echo: (socket, data) => socket.send(data),
  late: (socket, data) => socket.send(data),
  hall: (socket, data) => socket.room.send(data),
  // The first message waits for the gate, and all others behind it. "count" tells how many came.
  slow: async (socket, data) => {
    await gate.promise;
    const { count } = socket.state as { count: number };
    socket.setState({ count: count + 1 });
    if (data === "count") socket.send(String(count));
  },
};

/** @param handshakeMs its limit, where the runtime has such a thing */
export function targetOf(handshakeMs = 10_000): SocketDefinition {
  return defineSocket({
    name: "target",
    // Whatever comes is an answer to the attack.
    heartbeat: false,
    origins: "*",
    compression: deflate(),
    limits: { messageBytes: 1 << 20, bufferedBytes: 1 << 22, closeMs: 2000, handshakeMs },
    async upgrade(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/late") await wait(20);
      if (pathname === "/denied") return new Response("who?", { status: 401 });
      return { room: pathname, state: { count: 0 } };
    },
    open: (socket) => count(socket.room.id, 1),
    message: (socket, data) => BEHAVIOUR[socket.room.id.slice(1)]?.(socket, data) as Promise<void> | undefined,
    close: (socket) => count(socket.room.id, -1),
  }) as SocketDefinition;
}

/** The observer of every host. */
export const observe = (event: SocketEvent): void => void (event.type === "failed" && failed.push(event.code));

/** What every host can be told. Node's adds its own. `env`: that of a Worker. */
export function ordersOf(definition: SocketDefinition, env?: unknown): Record<string, () => unknown> {
  return {
    async numbers(): Promise<Numbers> {
      for (let i = 0; i < 3; i++) {
        collectGarbage();
        await wait(5);
      }
      const rooms = [...liveRooms()];
      const sizes = env === undefined ? rooms.map(({ size }) => size) : [...open.values()];
      const sockets = sizes.reduce((sum, size) => sum + size, 0);
      return { held: held(), rooms: rooms.length, sockets, failed: failed.splice(0) };
    },
    shut() {
      gate = Promise.withResolvers();
    },
    open() {
      gate.resolve();
    },
    async closeAll() {
      await Promise.all([...open.keys()].map((id) => rooms(definition, env).get(id).close({}, 4000, "all")));
    },
  } satisfies Partial<Record<Order, () => unknown>>;
}

/** Does what `POST /ORDER` says. */
export async function obey(
  orders: Record<string, () => unknown>,
  { url }: { readonly url: string },
): Promise<Response> {
  const order = new URL(url).pathname.split("/").at(-1)!;
  return Response.json((await orders[order]!()) ?? {});
}

declare const Bun: { gc(force: boolean): void } | undefined;

function collectGarbage(): void {
  if (typeof Bun !== "undefined") Bun.gc(true);
  else (globalThis as { gc?(): void }).gc?.();
}

/** What the program holds: objects, and memory outside of the engine's heap that belongs to them; 0 where nobody can tell. */
function held(): number {
  const { process } = globalThis as { process?: { memoryUsage?(): { heapUsed: number; external: number } } };
  const { heapUsed = 0, external = 0 } = process?.memoryUsage?.() ?? {};
  return heapUsed + external;
}
