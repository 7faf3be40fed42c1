import { defineSocket, type SocketDefinition, type SocketOptions } from "../../../src/core/contract/definition.ts";
import type { EventHandlers, Observer, SocketEvent } from "../../../src/core/contract/observer.ts";
import type { Platform } from "../../../src/core/contract/platform.ts";
import type { Message } from "../../../src/core/contract/socket.ts";
import type { Transport } from "../../../src/core/contract/transport.ts";
import { Multicast } from "../../../src/core/rooms/multicast.ts";
import { LiveRoom } from "../../../src/core/rooms/room.ts";
import type { SessionHost } from "../../../src/core/session/host.ts";
import { liveness } from "../../../src/core/session/liveness.ts";
import { memoryBudget } from "../../../src/core/session/memory-budget.ts";
import { Session } from "../../../src/core/session/session.ts";
import type { Snapshot } from "../../../src/core/session/snapshot.ts";
import type { Attempt } from "../../../src/core/upgrade/attempt.ts";
import { HTTP1 } from "../../../src/core/upgrade/validate.ts";

/** A clock that the test moves by hand, and ids that count. */
export class HandClock implements Platform {
  readonly timers = new Map<object, { at: number; run: () => void }>();
  memory: number | undefined;
  /** By how much somebody has set the clock: timers don't go by it. */
  shift = 0;
  #now = 0;
  #ids = 0;

  after(ms: number, run: () => void): () => void {
    const key = {};
    this.timers.set(key, { at: this.#now + ms, run });
    return () => this.timers.delete(key);
  }

  now(): number {
    return this.#now + this.shift;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [key, { at, run }] of [...this.timers]) {
      if (at <= this.#now && this.timers.delete(key)) run();
    }
  }

  randomId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }
}

/** Writes down what a session does to its runtime's socket. */
export class RecordingTransport implements Transport {
  readonly raw = "raw";
  readonly log: string[] = [];
  readonly sent: Message[] = [];
  buffered = 0;
  saveError: Error | undefined;
  onPing: (() => void) | undefined;

  send(data: Message): number {
    this.sent.push(data);
    return this.buffered;
  }
  close(code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`);
  }
  terminate(): void {
    this.log.push("terminate");
  }
  bufferedAmount(): number {
    return this.buffered;
  }
  ping(): void {
    this.onPing?.();
  }
  pause(): void {
    this.log.push("pause");
  }
  resume(): void {
    this.log.push("resume");
  }
}

/** One whose socket can hibernate: it has something to save. */
export class HibernatingTransport extends RecordingTransport {
  save(): void {
    if (this.saveError) throw this.saveError;
    this.log.push("save");
  }
}

/** A promise that the test settles. */
export function gate(): { promise: Promise<void>; open: () => void; fail: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, open: resolve, fail: reject };
}

/** Lets everything that is ready happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let snapshots = 0;

export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  snapshots += 1;
  const blank = { url: "http://a/", protocol: "", remoteAddress: "", room: "default", state: undefined };
  return { id: `s${snapshots}`, topics: [], since: 0, ...blank, ...given };
}

/** An observer of what goes wrong: nothing is counted for it. */
export function brief(events: unknown[]): EventHandlers {
  const note = (event: SocketEvent) => void events.push(event);
  const refused = (event: SocketEvent & { readonly type: "refused" }) => event.failure && note(event);
  return { error: note, warning: note, refused, failed: note, dropped: note, pending: note, broker: note };
}

/** A session over a recording transport, with what its host was told. */
export function session<State>(
  options: Omit<SocketOptions<State, unknown>, "name">,
  given: {
    room?: LiveRoom;
    snapshot?: Partial<Snapshot>;
    transport?: RecordingTransport;
    observe?: Observer;
    clock?: HandClock;
    definition?: SocketDefinition;
    waitUntil?: (promise: Promise<unknown>) => void;
  } = {},
) {
  const clock = given.clock ?? new HandClock();
  const transport = given.transport ?? new RecordingTransport();
  const events: SocketEvent[] = [];
  const room = given.room ?? new LiveRoom("default", {});
  const host = {
    env: { name: "env" },
    platform: clock,
    observe: given.observe ?? brief(events),
    waitUntil: given.waitUntil ?? (() => {}),
    budget: memoryBudget,
    liveness,
    multicast: Multicast.of,
  };
  const definition = given.definition ?? defineSocket({ name: "test", ...options });
  const subject = new Session(definition, snapshot(given.snapshot), room, transport, host);
  return { session: subject, transport, clock, events, room };
}

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export const HANDSHAKE = {
  host: "a.example",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": KEY,
};

/** An attempt as a host makes it. */
export function attempt(headers: Record<string, string> = HANDSHAKE, given: Partial<Attempt & SessionHost> = {}) {
  const events: SocketEvent[] = [];
  const clock = new HandClock();
  const made: Attempt = {
    method: "GET",
    url: "http://a.example/chat",
    headers: new Headers(headers),
    profile: HTTP1,
    remoteAddress: "192.0.2.1",
    host: { env: { name: "env" }, platform: clock, observe: brief(events), waitUntil: () => {}, ...given },
    gone: undefined,
    request: () => new Request("http://a.example/chat", { headers }),
    ...given,
  };
  return { attempt: made, events, clock };
}
