/** The room of `npm run soak:recovery` in a process of its own: by a runtime's name, and the address of a Redis where others have it too. */
import { Hono } from "hono";
import { rooms } from "onesocket";
import { upgrade } from "onesocket/hono";
import { room } from "./soak-recovery-room.ts";

declare const Bun: { serve(options: object): { readonly port: number } };
declare const Deno: { serve(options: object, handler: unknown): unknown };

const [runtime, url] = process.argv.slice(2);
const app = new Hono();
app.get("/", (c) => upgrade(c, room));
app.post("/", async (c) => {
  await rooms(room)
    .get("default")
    .notify("said", Number(await c.req.text()));
  return c.body(null, 204);
});

const ready = (port: number): void => console.log(`ready ${port}`);
const where = { port: 0, hostname: "127.0.0.1" };

async function broker(): Promise<object> {
  if (url === undefined) return {};
  const { redis } = await import("onesocket/redis");
  return { broker: redis({ url, pingMs: 500 }) };
}

if (runtime === "bun") {
  const { bun } = await import("onesocket/bun");
  ready(Bun.serve({ ...bun(app), ...where }).port);
} else if (runtime === "deno") {
  const { deno } = await import("onesocket/deno");
  Deno.serve({ ...where, onListen: ({ port }: { port: number }) => ready(port) }, deno(app).fetch);
} else {
  const { serve } = await import("onesocket/node");
  ready((await serve(app, { ...where, ...(await broker()) })).port);
}
