import { rooms } from "onesocket";
import { serve } from "onesocket/node";
import { startRedis } from "../test/helpers/engines/redis.ts";
import { startWorker } from "../test/helpers/miniflare.ts";
import { type ProcessRuntime, startOn } from "../test/helpers/runtimes.ts";
import { room } from "./soak-recovery-room.ts";

/** Who has the room: one process, one object, or three processes over Redis. */
export interface Subject {
  /** Where the room is to be had now. */
  ports(): readonly number[];
  say(n: number): Promise<void>;
  /** Does something to it that the room has to outlive, and says whether it was done. */
  shake?(): Promise<unknown>;
  stop(): Promise<unknown>;
}

async function node(): Promise<Subject> {
  const server = await serve(room, { port: 0, hostname: "127.0.0.1" });
  const handle = rooms(room).get("default");
  return { ports: () => [server.port], say: (n) => handle.notify("said", n), stop: () => server.close() };
}

const HOST = `${import.meta.dirname}/soak-recovery-host.ts`;

/** Says a number by HTTP. */
async function post(url: string, n: number): Promise<void> {
  const { status } = await fetch(url, { method: "POST", body: String(n) });
  if (status !== 204) throw new Error(`a number was answered ${status}`);
}

async function child(runtime: ProcessRuntime): Promise<Subject> {
  const { url, stop } = await startOn(runtime, HOST, runtime);
  return { ports: () => [portOf(url)], say: (n) => post(url, n), stop };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

const WORKER = `
import { rooms } from "onesocket";
import { durableRoom, worker } from "onesocket/cloudflare";
import { room } from "${import.meta.dirname}/soak-recovery-room.ts";
export class Room extends durableRoom(room) {}
const served = worker(room, { rooms: { room: "ROOM" } });
export default {
  async fetch(request, env, context) {
    if (request.method !== "POST") return served.fetch(request, env, context);
    await rooms(room, env).get("default").notify("said", Number(await request.text()));
    return new Response(null, { status: 204 });
  },
};
`;

/** It is put to sleep. */
async function durable(): Promise<Subject> {
  const worker = await startWorker(WORKER, { objects: { ROOM: "Room" } });
  return {
    ports: () => [portOf(worker.url)],
    say: (n) => post(worker.url, n),
    // One that is asleep already is not running.
    shake: () => worker.evict("ROOM", "default").catch(() => {}),
    stop: () => worker.dispose(),
  };
}

/** One of the three is killed, and another one takes its place. The first says the numbers: who dies in the middle of one has said it or not. */
async function redis(): Promise<Subject> {
  const server = await startRedis();
  const begin = () => startOn("node", HOST, "node", server.url);
  const [first, ...others] = await Promise.all([begin(), begin(), begin()]);
  const all = () => [first!, ...others];
  return {
    ports: () => all().map(({ url }) => portOf(url)),
    say: (n) => post(first!.url, n),
    async shake() {
      process.kill(others.shift()!.pid, "SIGKILL");
      others.push(await begin());
    },
    async stop() {
      await Promise.all(all().map((one) => one.stop()));
      await server.kill();
    },
  };
}

const SUBJECTS = { node, bun: () => child("bun"), deno: () => child("deno"), durable, redis } as const;

export type SubjectName = keyof typeof SUBJECTS;

export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];

export function begin(name: SubjectName): Promise<Subject> {
  return SUBJECTS[name]();
}
