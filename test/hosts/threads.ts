/** Serves in two threads, each with a port of its own, on the runtime that runs it; prints where, each time that this has changed. */
import { threadId } from "node:worker_threads";
import { defineSocket, type SocketEvent } from "onesocket";
import { type Run, threads } from "onesocket/cluster/threads";

declare const Bun: { serve(options: object): { readonly port: number; stop(cut: boolean): Promise<void> } };
declare const Deno: {
  serve(options: object, handler: unknown): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

const definition = defineSocket({
  name: "threads",
  origins: "*",
  open: (socket) => void socket.send(`${threadId}`),
  message(socket, data) {
    if (data === "/exit") process.exit(3);
    socket.room.send(data);
  },
});

const url = (port: number) => `ws://127.0.0.1:${port}`;

const onBun: Run = async (broker) => {
  const { bun } = await import("onesocket/bun");
  const { drain, ...handler } = bun(definition, { broker, observe: {} });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", ...handler });
  return { url: url(server.port), drain, close: () => server.stop(true) };
};

const onDeno: Run = async (broker) => {
  const { deno } = await import("onesocket/deno");
  const { drain, fetch } = deno(definition, { broker, observe: {} });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, fetch);
  return { url: url(server.addr.port), drain, close: () => server.shutdown() };
};

function observe(event: SocketEvent): void {
  if (event.type === "error") console.log(`error ${(event.error as Error).message}`);
}

const all = await threads(2, "Bun" in globalThis ? onBun : onDeno, { observe });
let told = "";
setInterval(() => {
  const urls = `ready ${all.urls.join(" ")}`;
  if (urls !== told && all.urls.length === 2) console.log(urls);
  told = urls;
}, 20);
process.once("SIGTERM", async () => {
  console.log(`drained ${JSON.stringify(await all.drain())}`);
  await all.close();
  process.exit();
});
