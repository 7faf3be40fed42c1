/**
 * Thousands of clients that come, chat in rooms, and go in every way there is, for as long as it is told. At the end the
 * server must have no socket and no room left, and hold no more memory than after the first quarter.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import WebSocket from "ws";

const HELP = `npm run soak -- [--seconds N] [--clients N] [--json] [--help]

  --seconds N   how long; default 60, at most 3600
  --clients N   how many clients are there at a time; default 1000
  --json        prints one JSON object at the end instead of lines

Ends with 1 when a socket or a room is left over, a handler failed, or memory grew by more than the bound.`;

/** What may differ between two times of rest with the same clients gone: pools, caches and code compiled meanwhile. */
const BOUND = 16 << 20;

const ROOMS = 100;

interface Numbers {
  readonly held: number;
  readonly rss: number;
  readonly rooms: number;
  readonly sockets: number;
  readonly connections: number;
  readonly opened: number;
  readonly closed: number;
  readonly messages: number;
  readonly errors: number;
  /** Refused handshakes and failed connections, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

function options(): { seconds: number; clients: number; json: boolean } {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      clients: { type: "string", default: "1000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const [seconds, clients] = [Number(values.seconds), Number(values.clients)];
  if (!(seconds >= 1 && seconds <= 3600 && Number.isInteger(clients) && clients >= 1 && clients <= 20_000)) {
    console.error("--seconds is 1 to 3600, --clients 1 to 20000");
    process.exit(2);
  }
  return { seconds, clients, json: values.json };
}

class Crowd {
  readonly #url: string;
  readonly #size: number;
  readonly #live = new Set<Promise<void>>();
  heard = 0;
  /** Connections that never opened, and those that ended before their client left, by close code. */
  readonly lost: Record<string, number> = {};
  stopping = false;

  constructor(port: number, size: number) {
    this.#url = `ws://127.0.0.1:${port}`;
    this.#size = size;
  }

  /** Keeps the number of clients up until it is told to stop; resolves when the last one has left. */
  async run(): Promise<void> {
    while (!this.stopping) {
      // A few at a time: the point is what stays, not how fast they come.
      for (let i = 0; i < 20 && this.#live.size < this.#size; i++) {
        const visit: Promise<void> = this.#visit().finally(() => this.#live.delete(visit));
        this.#live.add(visit);
      }
      await wait(5);
    }
    await Promise.all(this.#live);
  }

  async #visit(): Promise<void> {
    const room = Math.floor(Math.random() * ROOMS);
    const socket = new WebSocket(`${this.#url}/room${room}`, { perMessageDeflate: room % 2 === 0 });
    let left = false;
    let opened = false;
    const closed = new Promise<void>((resolve) =>
      socket.once("close", (code) => {
        if (!left) this.#lose(opened ? String(code) : "handshake");
        resolve();
      }),
    );
    socket.on("error", () => {});
    socket.on("open", () => {
      opened = true;
    });
    socket.on("message", () => void this.heard++);
    const until = Date.now() + 500 + Math.random() * 4000;
    while (!this.stopping && Date.now() < until && socket.readyState <= WebSocket.OPEN) {
      if (socket.readyState === WebSocket.OPEN)
        socket.send(Math.random() < 0.2 ? `${"long news ".repeat(60)}${until}` : `short ${until}`);
      await wait(200 + Math.random() * 800);
    }
    left = true;
    if (opened) leave(socket);
    else socket.terminate();
    await closed;
  }

  #lose(how: string): void {
    this.lost[how] = (this.lost[how] ?? 0) + 1;
  }
}

/** Closes, vanishes by FIN, by RST or in the middle of a frame. */
function leave(socket: WebSocket): void {
  const tcp = (socket as unknown as { readonly _socket: Socket })._socket;
  const way = Math.random();
  if (way < 0.4) socket.close(1000, "bye");
  else if (way < 0.6) socket.terminate();
  else if (way < 0.75) tcp?.resetAndDestroy();
  else if (way < 0.9) tcp?.end(Buffer.of(0x81, 0xfe, 0x10));
  else tcp?.end();
}

async function numbers(child: ChildProcess): Promise<Numbers> {
  child.send("numbers");
  return ((await once(child, "message")) as [Numbers])[0];
}

/** The server's numbers once nobody is connected; bounded, and then whatever is left shows. */
async function atRest(child: ChildProcess): Promise<Numbers> {
  let now = await numbers(child);
  for (let i = 0; i < 50 && now.sockets + now.rooms + now.connections > 0; i++) {
    await wait(100);
    now = await numbers(child);
  }
  return now;
}

function mib(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(1);
}

const { seconds, clients, json } = options();
const say = json ? () => {} : console.log;
const child = fork(`${import.meta.dirname}/soak-host.ts`, {
  execArgv: ["--conditions=onesocket-source", "--expose-gc"],
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
const [port] = (await once(child, "message")) as [number];

/** One time of crowding, and the rest after it. */
async function soak(forSeconds: number): Promise<{ numbers: Numbers; crowd: Crowd }> {
  const crowd = new Crowd(port, clients);
  const running = crowd.run();
  const until = Date.now() + forSeconds * 1000;
  while (Date.now() < until) {
    await wait(Math.min(2000, Math.max(1, until - Date.now())));
    const { sockets, rooms, opened, messages, held, rss } = await numbers(child);
    say(
      `${sockets} sockets in ${rooms} rooms; ${opened} came, ${messages} messages; ${mib(held)} MiB held, ${mib(rss)} MiB RSS`,
    );
  }
  crowd.stopping = true;
  await running;
  return { numbers: await atRest(child), crowd };
}

const first = await soak(seconds / 4);
const last = await soak((seconds * 3) / 4);
const end = last.numbers;
const growth = end.held - first.numbers.held;
const problems = [
  ...(end.sockets > 0 ? [`${end.sockets} sockets are left`] : []),
  ...(end.rooms > 0 ? [`${end.rooms} rooms are left`] : []),
  ...(end.connections > 0 ? [`${end.connections} connections are left`] : []),
  ...(end.opened === end.closed ? [] : [`${end.opened} sockets opened and ${end.closed} closed`]),
  ...(end.errors > 0 ? [`${end.errors} errors in handlers`] : []),
  ...[first, last].flatMap(({ crowd }) => Object.entries(crowd.lost).map(([how, count]) => `${count} lost: ${how}`)),
  ...(growth > BOUND ? [`memory grew by ${mib(growth)} MiB, more than ${mib(BOUND)}`] : []),
];
child.disconnect();
const heard = first.crowd.heard + last.crowd.heard;
if (json) console.log(JSON.stringify({ ...end, heard, growth, bound: BOUND, problems }, null, 2));
else {
  say(
    `in the end: ${end.sockets} sockets, ${end.rooms} rooms; ${end.opened} came and ${end.closed} went; ${heard} messages heard`,
  );
  say(
    `memory held: ${mib(first.numbers.held)} MiB after the first quarter, ${mib(end.held)} MiB at the end; bound +${mib(BOUND)}`,
  );
  for (const problem of problems) console.error(`PROBLEM: ${problem}`);
}
process.exit(problems.length > 0 ? 1 : 0);
