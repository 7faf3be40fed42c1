import fc from "fast-check";
import { isSendableCode } from "../../src/core/protocol/close.ts";
import { Connection, type ConnectionOptions } from "../../src/core/protocol/connection.ts";
import type { ConnectionClose, ConnectionSink } from "../../src/core/protocol/connection-sink.ts";
import { encodeFrame } from "../../src/core/protocol/frame.ts";
import { FAILURE_CLOSE } from "../../src/core/protocol/protocol-failures.ts";
import { viewOf } from "../../src/core/protocol/slab.ts";
import { closeOf } from "../helpers/core/recorder.ts";
import { type AnyProperty, bytesOf, hexBytes, must, type Property, same } from "./property.ts";

type Role = "server" | "client";

/** What a connection did, as JSON. */
type Call = readonly [kind: "write" | "text" | "binary" | "pong", data: string] | readonly ["closed", ConnectionClose];

function optionsOf(role: Role): ConnectionOptions {
  const limits = { messageBytes: 300, fragments: 6 };
  let key = 7;
  const maskKey = () => {
    key = (Math.imul(key, 1664525) + 1013904223) >>> 0;
    return key;
  };
  return role === "client" ? { role, maskKey, limits } : { role, limits };
}

function recorded(role: Role, react: (connection: Connection) => void = () => {}) {
  const calls: Call[] = [];
  const take = (call: Call) => {
    calls.push(call);
    react(connection);
  };
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const sink: ConnectionSink = {
    receiveMessage: (data) => take(typeof data === "string" ? ["text", data] : ["binary", hex(data)]),
    receivePong: (payload) => take(["pong", hex(payload)]),
    closed: (...close) => take(["closed", closeOf(...close)]),
  };
  const connection: Connection = new Connection(optionsOf(role), sink, {
    write: (span) => take(["write", hex(viewOf(span))]),
  });
  return { calls, connection };
}

/** Streams of frames that are mostly what they should be, and plain noise. */
const stream = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(
        fc.record({
          opcode: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.nat(15)),
          fin: fc.oneof({ weight: 3, arbitrary: fc.constant(0x80) }, fc.constantFrom(0, 0xc0, 0xa0, 0x90)),
          payload: fc.oneof(
            hexBytes({ maxLength: 140 }),
            fc.string({ unit: "binary", maxLength: 60 }).map((text) => Buffer.from(text).toString("hex")),
            fc.constantFrom("03e8", "03ee", "0fa0", "03", ""),
          ),
          key: fc.nat({ max: 0xffffffff }),
          mask: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.constant(false)),
        }),
        { maxLength: 10 },
      )
      .map((frames) => ({ frames })),
  },
  { weight: 1, arbitrary: hexBytes({ maxLength: 80 }).map((noise) => ({ noise })) },
);

type Stream =
  | { readonly noise: string }
  | {
      readonly frames: readonly {
        readonly opcode: number;
        readonly fin: number;
        readonly payload: string;
        readonly key: number;
        readonly mask: boolean;
      }[];
    };

function wire(role: Role, stream: Stream): Buffer {
  if ("noise" in stream) return Buffer.from(stream.noise, "hex");
  const frames = stream.frames.map(({ opcode, fin, payload, key, mask }) =>
    encodeFrame(opcode, bytesOf(payload), mask === (role === "server") ? key : undefined, fin),
  );
  return Buffer.concat(frames);
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const borders = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => Buffer.from(bytes.subarray(borders[i]!, end)));
}

interface Received {
  readonly role: Role;
  readonly stream: Stream;
  readonly cuts: readonly number[];
}

const received = fc.record({
  role: fc.constantFrom("server" as const, "client" as const),
  stream,
  cuts: fc.array(fc.nat(600), { maxLength: 12 }),
});

/** Closed once, last, and for a reason that is written down. */
function checkEnd(calls: readonly Call[]): void {
  const ends = calls.filter(([kind]) => kind === "closed");
  must(ends.length <= 1, "closed twice");
  if (ends.length === 0) return;
  must(calls.at(-1) === ends[0], "something after closed");
  const { code, failure, wasClean } = ends[0]![1] as ConnectionClose;
  if (failure) same([wasClean, code], [false, FAILURE_CLOSE[failure]], "the failure's code");
  else must(wasClean ? code === 1005 || isSendableCode(code) : code === 1006, `ended with ${code}`);
}

const anySplit: Property<Received> = {
  name: "a connection does the same at any split, and ends for a known reason",
  inputs: received,
  holds({ role, stream, cuts }) {
    const bytes = wire(role, stream);
    const whole = recorded(role);
    whole.connection.receive(bytes);
    const parts = recorded(role);
    for (const chunk of split(bytes, cuts)) {
      parts.connection.receive(chunk);
      // The chunk is the caller's again.
      chunk.fill(0xaa);
    }
    same(parts.calls, whole.calls, "in parts");
    for (const { connection, calls } of [whole, parts]) {
      checkEnd(calls);
      connection.receiveEnd();
      checkEnd(calls);
      same(calls.filter(([kind]) => kind === "closed").length, 1, "ends");
    }
  },
};

const pausing: Property<Received> = {
  name: "a connection that is paused by every callback does the same in the end",
  inputs: received,
  holds({ role, stream, cuts }) {
    const bytes = wire(role, stream);
    const whole = recorded(role);
    whole.connection.receive(bytes);
    const { calls, connection } = recorded(role, (it) => it.pause());
    for (const chunk of split(bytes, cuts)) {
      connection.receive(chunk);
      chunk.fill(0xaa);
    }
    for (let before = -1; before < calls.length; connection.resume()) before = calls.length;
    same(calls, whole.calls, "with pauses");
  },
};

const op = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("text" as const), data: fc.string({ unit: "binary", maxLength: 60 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("binary" as const), data: hexBytes({ maxLength: 150 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("ping" as const), data: hexBytes({ maxLength: 125 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("carry" as const), data: fc.integer({ min: 1, max: 400 }).map(String) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("pause" as const, "resume" as const), data: fc.constant("") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("close" as const), data: fc.constantFrom("", "1000", "4000", "1012") }),
  },
);

interface Step {
  readonly by: Role;
  readonly op: {
    readonly do: "text" | "binary" | "ping" | "carry" | "pause" | "resume" | "close";
    readonly data: string;
  };
}

/** One end of two joined connections. */
class End {
  readonly sent: string[] = [];
  readonly got: string[] = [];
  readonly pings: string[] = [];
  readonly pongs: string[] = [];
  readonly closes: ConnectionClose[] = [];
  readonly connection: Connection;
  /** Bytes on their way to the other end. */
  out = Buffer.alloc(0);

  constructor(role: Role) {
    const sink: ConnectionSink = {
      receiveMessage: (data) => void this.got.push(label(data)),
      receivePong: (payload) => void this.pongs.push(Buffer.from(payload).toString("hex")),
      closed: (...close) => void this.closes.push(closeOf(...close)),
    };
    this.connection = new Connection(optionsOf(role), sink, {
      write: (span) => {
        this.out = Buffer.concat([this.out, viewOf(span)]);
      },
    });
  }

  carry(to: End, count: number): void {
    const chunk = Buffer.from(this.out.subarray(0, count));
    this.out = this.out.subarray(count);
    to.connection.receive(chunk);
    chunk.fill(0xaa);
  }

  perform({ do: kind, data }: Step["op"], other: End): void {
    const { connection } = this;
    if (kind === "text") this.#send(data);
    else if (kind === "binary") this.#send(bytesOf(data));
    else if (kind === "ping") connection.ping(bytesOf(data)) && this.pings.push(data);
    else if (kind === "carry") this.carry(other, Number(data));
    else if (kind === "close") connection.close(data === "" ? undefined : Number(data));
    else connection[kind]();
  }

  #send(data: string | Uint8Array): void {
    if (this.connection.send(data)) this.sent.push(label(data));
  }
}

function label(data: string | Uint8Array): string {
  return typeof data === "string" ? `text ${data}` : `binary ${Buffer.from(data).toString("hex")}`;
}

const joined: Property<readonly Step[]> = {
  name: "two joined connections carry everything in order, whatever is done to them, and both end once",
  inputs: fc.array(fc.record({ by: fc.constantFrom("server" as const, "client" as const), op }), { maxLength: 40 }),
  holds(steps) {
    const ends = { server: new End("server"), client: new End("client") };
    const other = { server: ends.client, client: ends.server };
    for (const { by, op } of steps) ends[by].perform(op, other[by]);
    const { server, client } = ends;
    for (const end of [server, client]) end.connection.resume();
    while (server.out.length + client.out.length > 0) {
      server.carry(client, 50);
      client.carry(server, 50);
    }
    const closing = server.connection.state !== "OPEN" || client.connection.state !== "OPEN";
    for (const [from, to] of [
      [server, client],
      [client, server],
    ] as const) {
      same(to.got, from.sent.slice(0, to.got.length), "messages in order");
      same(from.pongs, from.pings.slice(0, from.pongs.length), "pongs in order");
      if (!closing) same([to.got.length, from.pongs.length], [from.sent.length, from.pings.length], "all of them");
      to.connection.receiveEnd();
      same([to.closes.length, to.closes[0]?.failure ?? null, to.closes[0]?.wasClean], [1, null, closing], "the end");
    }
  },
};

export const CONNECTIONS = [anySplit, pausing, joined] as unknown as readonly AnyProperty[];
