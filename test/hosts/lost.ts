import { defineSocket, type } from "onesocket";

/** A room that remembers, looks for its dead soon, and tells who is left. For Node, Bun and Deno. */
const room = defineSocket({
  name: "room",
  history: { messages: 100, ms: 60_000 },
  heartbeat: { everyMs: 2_000, timeoutMs: 2_000 },
  methods: { say: { params: type<string>(), handle: (socket, text) => socket.room.notify("said", text) } },
  notifications: { said: type<string>() },
  close(socket, { code }) {
    socket.room.notify("said", `one is gone: ${code}`);
    console.log(`closed ${code}`);
  },
});

interface Global {
  readonly Bun?: { serve(options: object): { port: number } };
  readonly Deno?: { serve(options: object, fetch: unknown): { addr: { port: number } } };
}
const { Bun, Deno } = globalThis as Global;
const place = { port: 0, hostname: "0.0.0.0" };

async function listen(): Promise<number> {
  if (Bun) return Bun.serve({ ...(await import("onesocket/bun")).bun(room), ...place }).port;
  const onListen = () => {};
  if (Deno) return Deno.serve({ ...place, onListen }, (await import("onesocket/deno")).deno(room).fetch).addr.port;
  return (await (await import("onesocket/node")).serve(room, place)).port;
}

console.log(`ready ${await listen()}`);
