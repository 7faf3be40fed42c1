import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { format } from "node:util";
import { testing } from "onesocket/test";
import { afterEach, beforeEach, vi } from "vitest";
import type { WebSocket } from "ws";
import { consoleObserver } from "../../src/adapters/shared/console.ts";
import type { Message } from "../../src/core/contract/socket.ts";
import { MemoryClient } from "../../src/testing/client.ts";
import { inMemory } from "../contract/contract.ts";
import type { Moment, RunningHost } from "../contract/runtime.ts";
import type { ClientOptions } from "../helpers/client.ts";
import { app } from "../hosts/contract.ts";

const BASE = "http://localhost";

type Kit = ReturnType<typeof testing>;

/** What each client was sent, as it came. */
const received = new Map<unknown, (data: Message) => void>();
const early = new Map<unknown, Message[]>();
const own = MemoryClient.prototype.received;
MemoryClient.prototype.received = function (data) {
  const hear = received.get(this);
  if (hear) hear(data);
  else early.set(this, [...(early.get(this) ?? []), data]);
  own.call(this, data);
};

/** A kit's client with the face of one of ws. */
class MemorySocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 0;
  protocol = "";
  #client: Awaited<ReturnType<Kit["connect"]>> | undefined;

  constructor(t: Kit, url: string, options: ClientOptions) {
    super();
    this.#open(t, url, options).catch((error) => this.emit("error", error));
  }

  async #open(t: Kit, url: string, { protocols = [], headers = {} }: ClientOptions): Promise<void> {
    const client = await t.connect(url, { protocols, headers }).catch((error: { status: number }) => {
      throw new Error(`Unexpected server response: ${error.status}`);
    });
    this.#client = client;
    this.protocol = client.protocol;
    this.readyState = 1;
    const hear = (data: Message) => this.emit("message", Buffer.from(data as string), typeof data !== "string");
    this.emit("upgrade", { headers: Object.fromEntries(client.headers) });
    this.emit("open");
    for (const data of early.get(client) ?? []) hear(data);
    received.set(client, hear);
    const { code, reason } = await client.closed;
    this.readyState = 3;
    this.emit("close", code, Buffer.from(reason));
  }

  send(data: string | Uint8Array): void {
    this.#client?.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#client?.close(code, reason);
  }

  terminate(): void {
    this.#client?.terminate();
  }
}

let t: Kit;

// One for each case: what one leaves behind would keep another's from hibernating.
beforeEach(() => {
  t = testing(app, { env: { GREETING: "hello" }, observe: consoleObserver });
});

afterEach(() => t[Symbol.dispose]());

async function start(asleep?: Moment): Promise<RunningHost> {
  const logs: string[] = [];
  for (const method of ["error", "warn"] as const)
    vi.spyOn(console, method).mockImplementation((...args) => void logs.push(format(...args)));
  return {
    ...{ url: BASE, logs, stop: async () => {} },
    ...(asleep && { asleep }),
    open: (url, options) => new MemorySocket(t, url, options) as unknown as WebSocket,
    // Cases ask again and again until something is so: the rest has to have its turns.
    fetch: (url, init) => setImmediate().then(() => t.fetch(`${url}`, init)),
    advance: (ms) => t.advance(ms),
    now: () => t.now,
    evict: () => t.hibernate().then(() => true),
  };
}

inMemory("", () => start());
for (const moment of ["before", "between"] as const) inMemory(`, with hibernation ${moment}`, () => start(moment));
