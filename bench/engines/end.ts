/**
 * One end of an engine: a process with one room, as a host has it but for its sockets. Its parent tells it what to do.
 * `end.ts redis '{"url":"redis://…"}'`.
 */
import process from "node:process";
import type { ConnectBroker } from "../../src/core/rooms/cluster/broker.ts";
import { Relay } from "../../src/core/rooms/cluster/relay.ts";
import { percentiles } from "../loads/latency.ts";
import { connectTo } from "./connect.ts";

/** What an end is told. */
export type Order =
  /** Hears the room from now on, or no longer. */
  | { readonly do: "hear"; readonly on: boolean }
  /** Says `burst` messages of 100 bytes in one turn, so many times a second; when `quiet` it does all of that but to say them. */
  | {
      readonly do: "say";
      readonly turns: number;
      readonly burst: number;
      readonly seconds: number;
      readonly quiet: boolean;
    }
  /** Tells what it has heard since it told last. */
  | { readonly do: "tell" };

/** What it answers to each order, when it is done. */
export interface Told {
  readonly pid: number;
  readonly heard: number;
  readonly said: number;
  /** Milliseconds from the saying to the hearing. */
  readonly p50: number;
  readonly p99: number;
}

const BYTES = 100;

/** Milliseconds by a clock that all processes share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Joins an engine; `answer` takes what the parent is told. Returns what takes the orders. */
export function join(connect: ConnectBroker, answer: (told: Told) => void): (order: Order) => void {
  const late = new Float64Array(1 << 20);
  let heard = 0;
  const ready = Promise.withResolvers<void>();
  const broker = connect((event) => {
    if (event.state === "connected") ready.resolve();
    else console.error(event);
  });
  const failed = (error: unknown) => console.error(error);
  const missed = (count: number) => failed(`${count} messages did not come`);
  const host = { broker, failed, unreadable: failed, missed, ended() {}, rosterOpened() {}, seen() {} };
  const relay = new Relay("bench", 1, host);
  const members = {
    size: 1,
    perform({ act }: { readonly act: unknown }) {
      const { buffer, byteOffset } = act as Uint8Array;
      late[heard++ % late.length] = now() - new DataView(buffer, byteOffset).getFloat64(0);
    },
  };
  const say = () => {
    const message = new Uint8Array(BYTES);
    new DataView(message.buffer).setFloat64(0, now());
    relay.post({ act: message });
  };
  const tell = (said: number) => {
    const { p50, p99 } = percentiles(late.subarray(0, Math.min(heard, late.length)));
    answer({ pid: process.pid, heard, said, p50, p99 });
    heard = 0;
  };
  ready.promise.then(() => tell(0)).catch(failed);
  return (order) => {
    if (order.do === "hear") {
      if (order.on) relay.open(members);
      else relay.close(members);
      tell(0);
    } else if (order.do === "tell") tell(0);
    else new Turns(order, say, tell).go();
  };
}

/** Turns of the event loop that are due, each by itself. */
class Turns {
  readonly #order: Order & { do: "say" };
  readonly #say: () => void;
  readonly #done: (said: number) => void;
  readonly #begun = now();
  #turns = 0;

  constructor(order: Order & { do: "say" }, say: () => void, done: (said: number) => void) {
    this.#order = order;
    this.#say = say;
    this.#done = done;
  }

  go(): void {
    const { turns, burst, seconds, quiet } = this.#order;
    const due = Math.min((now() - this.#begun) / 1000, seconds) * turns;
    if (this.#turns < due) {
      this.#turns += 1;
      for (let i = 0; i < burst && !quiet; i++) this.#say();
    }
    if (this.#turns >= turns * seconds) this.#done(quiet ? 0 : this.#turns * burst);
    else if (this.#turns < due) setImmediate(() => this.go());
    else setTimeout(() => this.go(), 1);
  }
}

if (import.meta.main) {
  const [engine = "", options = "{}"] = process.argv.slice(2);
  const take = join(await connectTo(engine, JSON.parse(options)), (told) => process.send!(told));
  process.on("message", take).on("disconnect", () => process.exit());
}
