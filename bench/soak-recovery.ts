/**
 * Clients whose connections are cut again and again, at any moment and in the middle of messages, while numbers are said to their
 * room; meanwhile a Durable Object hibernates, and of three processes over Redis one is killed. At the end every client must have heard every number once, in order, and none
 * been told that something was missed.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, connect } from "onesocket/client";
import { Cutter } from "./loads/cutter.ts";
import { begin, SUBJECT_NAMES, type SubjectName } from "./soak-recovery-subjects.ts";

const HELP = `npm run soak:recovery -- [--reconnects N] [--runtime NAME] [--clients N] [--json] [--help]

  --reconnects N  how many connections are cut; default 10000, at most 1000000
  --runtime NAME  who has the room: node, bun, deno, durable (an object that is put to sleep) or redis (three processes of Node, of which one
                  is killed now and then; needs redis-server); default all, one after the other
  --clients N     how many clients there are; default 20, at most 200
  --json          prints one JSON object at the end instead of lines

Ends with 1 when a client heard a number twice, not at all or out of order, or was told that it recovered nothing.`;

/** One client and what it has heard. */
class Listener {
  readonly heard: number[] = [];
  readonly client: Client;
  /** How often it was told that something was missed. */
  unrecovered = 0;

  constructor(port: number) {
    const backoff = { firstMs: 2, longestMs: 20, spreadMs: 20 };
    this.client = connect(`ws://127.0.0.1:${port}/`, { backoff, probe: false });
    this.client.on("said", (n: number) => void this.heard.push(n));
    this.client.addEventListener("status", () => {
      if (this.client.status.recovered === false) this.unrecovered += 1;
    });
  }

  /** From here on it counts: who was never there has nothing to come back to. */
  begin(): void {
    this.heard.length = 0;
    this.unrecovered = 0;
  }

  /** The first number that is not where it should be, of those after `before`; undefined when all are. */
  mistake(before: number, last: number): string | undefined {
    const at = this.heard.findIndex((n, index) => n !== before + index + 1);
    if (at >= 0) return `${this.heard[at]} came after ${this.heard[at - 1] ?? "nothing"}`;
    if (this.heard.length !== last - before) return `${this.heard.length} of ${last - before} came`;
    return this.unrecovered > 0 ? `${this.unrecovered} times it was told that something was missed` : undefined;
  }
}

export interface Soaked {
  readonly runtime: SubjectName;
  readonly cuts: number;
  readonly said: number;
  /** How often the object was put to sleep, or a process killed. */
  readonly shakes: number;
  readonly mistakes: readonly string[];
}

/** Cuts so many connections. */
export async function soak(runtime: SubjectName, reconnects: number, clients: number): Promise<Soaked> {
  const subject = await begin(runtime);
  const cutter = await Cutter.before(() => anyOf(subject.ports()));
  const listeners = Array.from({ length: clients }, () => new Listener(cutter.port));
  let [said, shakes] = [0, 0];
  try {
    // By what comes a client knows where the room is: before it has nothing to come back to.
    while (!listeners.every(({ heard }) => heard.length > 0 && heard.at(-1) === said)) {
      if (said === 3000) throw new Error("not every client came in within a minute");
      await subject.say(++said);
      await wait(20);
    }
    const before = said;
    for (const listener of listeners) listener.begin();
    while (cutter.cuts < reconnects) {
      await subject.say(++said);
      for (let cuts = Math.random() * 4; cuts >= 1; cuts--) cutter.cut();
      if (subject.shake && said % 50 === 0) {
        shakes += 1;
        await subject.shake();
      }
      if (Math.random() < 0.5) await wait(Math.random() * 4);
    }
    await subject.say(++said);
    await atRest(listeners, said);
    const mistakes = listeners.map((one) => one.mistake(before, said)).filter((mistake) => mistake !== undefined);
    return { runtime, cuts: cutter.cuts, said: said - before, shakes, mistakes };
  } finally {
    for (const { client } of listeners) client.close();
    cutter.close();
    await subject.stop();
  }
}

function anyOf(ports: readonly number[]): number {
  return ports[Math.floor(Math.random() * ports.length)]!;
}

/** All have heard the last number; half of the minute that tests have. */
async function atRest(listeners: readonly Listener[], last: number): Promise<void> {
  const behind = () => listeners.filter(({ heard }) => heard.at(-1) !== last);
  for (let left = 30_000; behind().length > 0; left -= 20) {
    if (left <= 0)
      throw new Error(`it did not come to rest: ${behind().map(described).join("; ")}; ${last} was the last`);
    await wait(20);
  }
}

function described({ heard, client: { status } }: Listener): string {
  return `one that is ${status.state}, recovered: ${status.recovered}, heard ${heard.at(-1) ?? "nothing"}`;
}

function options(): { reconnects: number; clients: number; runtimes: readonly SubjectName[]; json: boolean } {
  const { values } = parseArgs({
    options: {
      reconnects: { type: "string", default: "10000" },
      clients: { type: "string", default: "20" },
      runtime: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const [reconnects, clients] = [Number(values.reconnects), Number(values.clients)];
  const runtimes = (values.runtime === undefined ? SUBJECT_NAMES : [values.runtime]) as SubjectName[];
  const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!isCount(reconnects, 1e6) || !isCount(clients, 200) || !runtimes.every((name) => SUBJECT_NAMES.includes(name))) {
    console.error(`--reconnects is 1 to 1000000, --clients 1 to 200, --runtime ${SUBJECT_NAMES.join(", ")}`);
    process.exit(2);
  }
  return { reconnects, clients, runtimes, json: values.json };
}

if (import.meta.main) {
  const { reconnects, clients, runtimes, json } = options();
  const results: Soaked[] = [];
  for (const runtime of runtimes) {
    const result = await soak(runtime, reconnects, clients);
    results.push(result);
    const { cuts, said, shakes, mistakes } = result;
    const shaken = shakes > 0 ? `, ${shakes} times ${runtime === "redis" ? "killed" : "put to sleep"}` : "";
    if (!json)
      console.log(
        `${runtime}: ${cuts} cuts, ${said} numbers to ${clients} clients${shaken}, ${mistakes.length} mistakes`,
      );
    for (const mistake of mistakes) console.error(`  ${mistake}`);
  }
  if (json) console.log(JSON.stringify(results));
  process.exit(results.some(({ mistakes }) => mistakes.length > 0) ? 1 : 0);
}
