/** A program that serves in several processes; its parent tells its primary what to do. */
import { defineSocket, rooms, type SocketEvent } from "onesocket";
import { workers } from "onesocket/cluster";
import { serve } from "onesocket/node";

/** What a client may ask for. */
export type Ask =
  | { do: "send"; data: string; topic?: string; except?: string; times?: number; binary?: boolean }
  | { do: "outside"; room: string; data: string }
  | { do: "close"; topic: string }
  | { do: "count" }
  | { do: "junk"; room: string }
  | { do: "hang" };

/** What the parent may tell the primary. */
export type Order =
  | { do: "drain"; overMs?: number; code?: number }
  | { do: "close" }
  | { do: "pids" | "sockets" }
  | { do: "again" };

const [count = "2", what = "serve"] = process.argv.slice(2);

const definition = defineSocket({
  name: "crew",
  origins: "*",
  upgrade: ({ url }) => ({ room: new URL(url).pathname }),
  open(socket) {
    socket.subscribe(`pid:${process.pid}`);
    socket.send(JSON.stringify({ id: socket.id, pid: process.pid }));
  },
  async message(socket, data) {
    const ask = JSON.parse(data as string) as Ask;
    const { room } = socket;
    if (ask.do === "send") {
      const { data: text, topic, except, times = 1, binary } = ask;
      for (let i = 0; i < times; i++) {
        const message = times > 1 ? `${text}${i}` : text;
        room.send(binary ? Buffer.from(message) : message, { topic, except: except ? { id: except } : undefined });
      }
    } else if (ask.do === "outside") await rooms(definition).get(ask.room).send(ask.data);
    else if (ask.do === "close") room.close({ topic: ask.topic }, 4003, "kicked");
    else if (ask.do === "count") socket.send(JSON.stringify({ count: await room.count() }));
    else if (ask.do === "junk") await junk(ask.room).then(() => socket.send("told"));
    else for (;;);
  },
});

/** What a program of its own may send to its primary, and happens to look like ours. */
async function junk(room: string): Promise<void> {
  const channel = JSON.stringify(["crew", room]);
  const bytes = [undefined, null, "text", [1]].map((one) => ({ onesocket: "publish", channel, bytes: one }));
  const kinds = ["", "publish", "toString", "__proto__", "subscribe", "size", "drained"].map((onesocket) => ({
    onesocket,
  }));
  const all = [...bytes, ...kinds, { onesocket: 1 }, { onesocket: "sockets", sockets: "many" }, {}, "text", 1];
  await Promise.all(all.map((one) => new Promise((resolve) => process.send!(one, resolve))));
}

function observe(event: SocketEvent): void {
  if (event.type === "error") console.log(`error ${(event.error as Error).message}`);
  else if (event.type === "broker") console.log(`broker ${event.state}`);
}

const asked = count === "all" ? count : Number(count);
const crew = await workers(
  asked,
  (broker) => {
    if (what === "fail") throw new Error("nothing works here");
    return serve(definition, { port: 0, hostname: "127.0.0.1", broker, observe });
  },
  observe,
).catch((error: Error) => {
  process.send?.({ failed: error.message });
  process.exit(1);
});

async function obey(order: Order): Promise<unknown> {
  if (order.do === "drain") return crew.drain({ overMs: order.overMs, code: order.code });
  if (order.do === "close") return crew.close();
  if (order.do === "again") return workers(1, () => Promise.reject(new Error("never")));
  return order.do === "sockets" ? crew.sockets : crew.pids;
}

process.on("message", (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ failed: error.message }),
  );
});
process.send?.({ result: crew.url });
