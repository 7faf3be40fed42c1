import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { worker } from "onesocket/cloudflare";
import { placed, shardedRoom } from "onesocket/cloudflare/shards";
import { upgrade } from "onesocket/hono";

/** What the objects of all rooms were called for. */
const calls = { tell: 0, bring: 0 };

const bench = defineSocket({ name: "bench", message: (socket, data) => socket.room.send(data) });

export class Bench extends shardedRoom(bench) {
  override onesocketShard(call: { readonly verb: string } & object): unknown {
    if (call.verb === "tell" || call.verb === "bring") calls[call.verb] += 1;
    return super.onesocketShard(call as never);
  }
}

const app = new Hono();
app.get("/calls", (c) => c.json(calls));
/** In as many objects as the room's name begins with. */
app.get("/:room", (c) => upgrade(c, bench, { room: c.req.param("room") }));

export default worker(app, {
  rooms: { bench: placed({ binding: "BENCH", shards: (room) => Number.parseInt(room, 10) }) },
});
