import type { Message, Room, Socket } from "onesocket";
import { sendReused } from "./buffers.ts";
import type { Env, State } from "./contract.ts";
import { gate, openGate } from "./gates.ts";

type AppSocket = Socket<State, Env>;
type Reply = Record<string, unknown> | undefined;
type Verb = (socket: AppSocket, ...args: never[]) => Reply | Promise<Reply>;

/** Rooms that a socket has been seen in: one that was forgotten is made anew, and is not among them. */
const seen = new WeakSet<Room>();

/** How often each socket was told to count. */
const ticks = new WeakMap<AppSocket, number>();

/** Does what a message says: a JSON array of a verb and its arguments, answered with one JSON object or with nothing. */
export function perform(socket: AppSocket, data: Message): void | Promise<void> {
  const [verb, ...args] =
    typeof data === "string" ? (JSON.parse(data) as [string, ...never[]]) : ["bytes", data as never];
  const result = VERBS[verb]!(socket, ...args);
  return result instanceof Promise ? result.then((reply) => answer(socket, reply)) : answer(socket, result);
}

function answer(socket: AppSocket, reply: Reply): void {
  if (reply) socket.send(JSON.stringify(reply));
}

/** What a call threw, or nothing. */
function thrown(call: () => void): Record<string, unknown> {
  try {
    call();
    return { error: null };
  } catch (error) {
    return { error: (error as Error).name, message: (error as Error).message };
  }
}

/** Values that are no plain JSON data. */
const UNFIT: Record<string, () => unknown> = {
  function: () => ({ f() {} }),
  date: () => ({ at: new Date(0) }),
  map: () => new Map(),
  bytes: () => new Uint8Array(3),
  infinity: () => ({ n: Number.POSITIVE_INFINITY }),
  bigint: () => ({ n: 1n }),
  cycle: () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    return value;
  },
};

const VERBS: Record<string, Verb> = {
  bytes: (_, data: Uint8Array) => ({
    plain: Object.getPrototypeOf(data) === Uint8Array.prototype,
    bytes: [...data],
    offset: data.byteOffset,
    owned: data.buffer.byteLength,
  }),
  say: (_, text: string) => ({ said: text }),
  me: ({ id, url, protocol, remoteAddress, state, topics, readyState, bufferedAmount, room, env }) => ({
    ...{ id, url, protocol, remoteAddress, state, topics, readyState },
    bufferedAmount: typeof bufferedAmount,
    greeting: env.GREETING,
    room: {
      id: room.id,
      size: room.size,
      ids: room.sockets.map((member) => member.id),
      found: room.get(id)?.id ?? null,
    },
  }),

  count: async ({ room }) => ({ count: await room.count() }),
  set: (socket, state: State) => ({ ...thrown(() => socket.setState(state)), state: socket.state }),
  unfit: (socket, kind: string) => ({ ...thrown(() => socket.setState(UNFIT[kind]!() as State)), state: socket.state }),
  mutate: (socket) => ({
    ...thrown(() => {
      (socket.state as { name: string }).name = "mutated";
    }),
    state: socket.state,
  }),
  /** Sets an object and changes the object afterwards. */
  alias: (socket) => {
    const state = { name: "before" };
    socket.setState(state);
    state.name = "after";
    return { state: socket.state };
  },

  subscribe: (socket, topic: string) => ({ ...thrown(() => socket.subscribe(topic)), topics: socket.topics }),
  unsubscribe: (socket, topic: string) => {
    socket.unsubscribe(topic);
    return { topics: socket.topics };
  },
  /** Says to the room: to a topic, to all but one. */
  shout: (socket, text: string, topic?: string | null, except?: string) => {
    const but = except === undefined ? undefined : { id: except };
    socket.room.send(JSON.stringify({ heard: text }), { topic: topic ?? undefined, except: but });
    return undefined;
  },
  /** Excepts what is no socket. */
  "except-a-list": (socket, text: string) =>
    thrown(() => socket.room.send(JSON.stringify({ heard: text }), { except: [socket] as never })),
  /** In one turn: joins a topic, says something to it, leaves it, says something else. */
  flicker: (socket, topic: string) => {
    const shout = (heard: string) => socket.room.send(JSON.stringify({ heard }), { topic });
    shout("before");
    socket.subscribe(topic);
    shout("within");
    socket.unsubscribe(topic);
    shout("after");
    return { flickered: true };
  },
  burst: (socket, text: string, count: number) => {
    for (let i = 0; i < count; i++) socket.room.send(JSON.stringify({ heard: `${text}${i}` }));
    return undefined;
  },
  /** In one turn: numbers, each of as many characters, in turns to the room, to itself and, from a buffer that it uses again, to the room. */
  weave: (socket, count: number, lengths: number[]) => {
    const buffer = new Uint8Array(Math.max(...lengths));
    for (let i = 0; i < count; i++) {
      const text = String(i).padEnd(lengths[i % lengths.length]!);
      const bytes = buffer.subarray(0, text.length);
      new TextEncoder().encodeInto(text, bytes);
      if (i % 3 === 0) socket.room.send(text);
      else if (i % 3 === 1) socket.send(text);
      else socket.room.send(bytes);
      bytes.fill(0);
    }
    return undefined;
  },
  /** Sends from bytes that are used again: to itself, and to the room. */
  reuse: (socket, kind: string) => {
    sendReused(kind, (data) => socket.send(data));
    sendReused(kind, (data) => socket.room.send(data));
    return undefined;
  },
  /** In one turn: says something to the room and leaves. */
  farewell: (socket, text: string) => {
    socket.room.send(JSON.stringify({ heard: text }));
    socket.close(4000, text);
    socket.room.send(JSON.stringify({ heard: "not by the closed" }));
    return undefined;
  },
  /** As `flood`, but to those of the room that joined a topic. */
  "flood-room": (socket, topic: string, count: number, bytes: number) => {
    const data = new Uint8Array(bytes);
    for (let i = 0; i < count; i++) socket.room.send(data, { topic });
    return { flooded: count };
  },
  "close-room": (socket, topic: string | null, code: number, reason: string) => {
    socket.room.close({ topic: topic ?? undefined }, code, reason);
    return undefined;
  },
  fresh: (socket) => {
    const fresh = !seen.has(socket.room);
    seen.add(socket.room);
    return { fresh };
  },

  /** Closes, if the code and the reason may be sent. */
  close: (socket, code?: number, reason?: string) => {
    const result = thrown(() => socket.close(code, reason));
    return result.error ? result : undefined;
  },
  "close-twice": (socket) => {
    socket.close(4001, "first");
    const again = thrown(() => socket.close(4002, "second"));
    const sent = socket.send("after close");
    socket.room.send(JSON.stringify({ hook: "closed-twice", ...again, sent }), { topic: "log" });
    return undefined;
  },
  terminate: (socket) => {
    socket.terminate();
    return undefined;
  },
  "send-nonsense": (socket) => thrown(() => socket.send(42 as never)),
  /** Sends until it is done or the socket takes no more, and tells how often. */
  flood: (socket, count: number, bytes: number) => {
    const data = new Uint8Array(bytes);
    let sent = 0;
    while (sent < count && socket.send(data)) sent++;
    socket.room.send(JSON.stringify({ hook: "flooded", sent }), { topic: "log" });
    return undefined;
  },
  drained: async (socket) => {
    await socket.drained();
    return { drained: true };
  },

  /** Counts. */
  tick: (socket) => {
    ticks.set(socket, (ticks.get(socket) ?? 0) + 1);
    return undefined;
  },
  ticks: (socket) => ({ ticks: ticks.get(socket) ?? 0 }),

  wait: async (_, name: string) => {
    await gate(name);
    return { waited: name };
  },
  /** Tells when the socket is gone, while its handler goes on. */
  signal: async (socket) => {
    await new Promise((resolve) => socket.signal.addEventListener("abort", resolve));
    socket.room.send(JSON.stringify({ hook: "signal", aborted: socket.signal.aborted }), { topic: "log" });
    return undefined;
  },
  /** Works until its signal aborts, as a fetch does, here and in the background. */
  heed: (socket) => {
    const heeding = () =>
      new Promise<never>((_, reject) => socket.signal.addEventListener("abort", () => reject(socket.signal.reason)));
    socket.waitUntil(heeding());
    return heeding();
  },
  stick: () => new Promise<never>(() => {}),
  release: (_, name: string) => {
    openGate(name);
    return { released: name };
  },
  /** Goes on in the background after the socket has gone. */
  outlive: (socket) => {
    const work = async () => {
      await new Promise((resolve) => socket.signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 10));
      socket.room.send(JSON.stringify({ hook: "outlived" }), { topic: "log" });
    };
    socket.waitUntil(work());
    return { outlives: true };
  },
  /** Fails in the background. */
  "fail-later": (socket, kind: keyof typeof FAILING, failure: string) => {
    socket.waitUntil(FAILING[kind](new Error(failure)) as PromiseLike<unknown>);
    return { later: failure };
  },
};

/** Work that fails. */
const FAILING = {
  promise: (error: Error) => Promise.reject(error),
  // biome-ignore-start lint/suspicious/noThenProperty: thenables are what is tested.
  thenable: (error: Error) => ({ then: (_: unknown, reject: (error: Error) => void) => reject(error) }),
  "throwing thenable": (error: Error) => ({
    then() {
      throw error;
    },
  }),
  // biome-ignore-end lint/suspicious/noThenProperty: thenables are what is tested.
};
