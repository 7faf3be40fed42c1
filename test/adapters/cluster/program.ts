/** A program that serves in several processes, or threads; its parent tells its primary what to do. */
import { existsSync } from "node:fs";
import { isMainThread, parentPort, threadId } from "node:worker_threads";
import { defineSocket, type Room, rooms, type SocketEvent } from "onesocket";
import { type Run, workers } from "onesocket/cluster";
import { threads } from "onesocket/cluster/threads";
import { serve } from "onesocket/node";

/** What a client may ask for. */
export type Ask =
  | { do: "send"; data: string; topic?: string; except?: string; times?: number; binary?: boolean }
  | { do: "outside"; room: string; data: string }
  | { do: "close"; topic: string }
  | { do: "count" | "log" }
  | { do: "alarm"; ms: number }
  | { do: "junk"; room: string }
  /** Takes nothing until there is such a file. */
  | { do: "sleep"; until: string }
  | { do: "hang" | "throw" | "exit" | "memory" };

/** What the parent may tell the primary. */
export type Order =
  | { do: "drain"; overMs?: number; code?: number }
  | { do: "close" }
  | { do: "workers" | "sockets" | "urls" }
  | { do: "again" };

/** What the workers of a program are. */
export type Kind = "processes" | "threads";

const [count = "2", kind = "processes", what = "serve", port = "0"] = process.argv.slice(2);
const asked = count === "all" ? count : Number(count);

/** By which the tests tell workers apart. */
const own = isMainThread ? process.pid : threadId;

const definition = defineSocket({
  name: "crew",
  origins: "*",
  limits: { messageBytes: 1 << 21, bufferedBytes: 1 << 26 },
  upgrade: ({ url }) => ({ room: new URL(url).pathname }),
  room: {
    open: (room) => note(room, "open"),
    empty: (room) => note(room, "empty"),
    async alarm(room) {
      await note(room, "alarm");
      room.send(`rang in ${own}`);
    },
  },
  open(socket) {
    socket.subscribe(`worker:${own}`);
    socket.send(JSON.stringify({ id: socket.id, worker: own }));
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
    else if (ask.do === "log") socket.send(JSON.stringify(await room.storage.get("log")));
    else if (ask.do === "alarm") await room.setAlarm(ask.ms);
    else if (ask.do === "junk") await junk(ask.room).then(() => socket.send("told"));
    else if (ask.do === "sleep") sleep(ask.until);
    else end(ask.do);
  },
});

/** What has happened to a room, as this worker has seen it. */
function note(room: Room, what: string): Promise<unknown> {
  return room.storage.update<string[]>("log", (log = []) => [...log, what]);
}

function sleep(until: string): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(until)) Atomics.wait(never, 0, 0, 20);
}

/** Ways in which a worker comes to its end. */
function end(how: "hang" | "throw" | "exit" | "memory"): void {
  if (how === "exit") process.exit(3);
  if (how === "hang") for (;;);
  const throws = () => {
    throw new Error("thrown by a timer");
  };
  const kept: string[] = [];
  setInterval(how === "throw" ? throws : () => grow(kept), 0);
}

/** One turn at a time, as a program does that forgets to forget. */
function grow(kept: string[]): void {
  for (let i = 0; i < 1000; i++) kept.push(`${"kept for ever ".repeat(10)}${kept.length}`);
}

/** What a program of its own may send to its primary, and happens to look like ours. */
async function junk(room: string): Promise<void> {
  const channel = JSON.stringify(["crew", room]);
  const bytes = [undefined, null, "text", [1]].map((one) => ({ onesocket: "publish", channel, bytes: one }));
  const kinds = ["", "publish", "toString", "__proto__", "subscribe", "size", "drained"].map((onesocket) => ({
    onesocket,
  }));
  const all = [...bytes, ...kinds, { onesocket: 1 }, { onesocket: "sockets", sockets: "many" }, {}, "text", 1];
  await Promise.all(all.map((one) => toPrimary(one)));
}

function toPrimary(message: unknown): Promise<unknown> {
  if (isMainThread) return new Promise((resolve) => process.send!(message, resolve));
  return Promise.resolve(parentPort!.postMessage(message));
}

function observe(event: SocketEvent): void {
  if (event.type === "error") console.log(`error ${(event.error as Error).message}`);
  else if (event.type === "broker")
    console.log(`broker ${event.state} ${event.state === "missed" ? event.messages : ""}`);
}

/** Threads have a port each, unless one is given. */
const run: Run = (broker) => {
  if (what === "fail") throw new Error("nothing works here");
  return serve(definition, { port: Number(port), hostname: "127.0.0.1", reusePort: port !== "0", broker, observe });
};

async function begin() {
  if (kind === "processes") return workers(asked, run, observe);
  return threads(asked, run, { observe, resourceLimits: { maxOldGenerationSizeMb: 80 } });
}

const crew = await begin().catch(async (error: Error) => {
  // What is not written yet when it exits is lost.
  await new Promise((written) => process.send!({ failed: error.message }, written));
  process.exit(1);
});

function workersOf(): readonly number[] {
  return "pids" in crew ? crew.pids : crew.threadIds;
}

async function obey(order: Order): Promise<unknown> {
  if (order.do === "drain") return crew.drain({ overMs: order.overMs, code: order.code });
  if (order.do === "close") return crew.close();
  if (order.do === "again") return begin();
  if (order.do === "urls") return crew.urls;
  return order.do === "sockets" ? crew.sockets : workersOf();
}

process.on("message", (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ failed: error.message }),
  );
});
process.send?.({ result: crew.urls });
