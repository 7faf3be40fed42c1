/** One host of a fleet: `host.ts [--engine NAME OPTIONS] [--every MS]`. Rooms by the path's `room`; what is said goes to all of it. */
import { parseArgs } from "node:util";
import { defineSocket } from "onesocket";
import { serve } from "onesocket/node";
import { joinBroker } from "../../src/core/rooms/cluster/cluster.ts";
import { connectTo } from "../engines/connect.ts";
import { roomFrom } from "../payloads.ts";
import { ready } from "../servers/ready.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string" }, every: { type: "string" } },
});
const everyMs = Number(values.every ?? 30_000);
const definition = defineSocket({
  name: "fleet",
  heartbeat: { everyMs, timeoutMs: Math.min(everyMs, 10_000) },
  upgrade: ({ url }) => ({ room: roomFrom(url) }),
  message: (socket, data) => socket.room.send(data),
});

const connected = Promise.withResolvers<void>();
const broker = values.engine
  ? joinBroker(await connectTo(values.engine, JSON.parse(positionals[0] ?? "{}")))
  : undefined;
if (!broker) connected.resolve();
const { port } = await serve(definition, {
  port: 0,
  hostname: "127.0.0.1",
  broker,
  observe: (event) => {
    if (event.type === "broker" && event.state === "connected") connected.resolve();
    else if (event.type === "broker" || event.type === "error") console.error(event);
  },
});
await connected.promise;
ready(port);
