import { describe, expect, it } from "vitest";
import { Broadcast } from "../../../src/core/protocol/broadcast.ts";
import { Connection } from "../../../src/core/protocol/connection.ts";
import type { Extension, SharedEncoding } from "../../../src/core/protocol/extension.ts";
import { encodeFrame, FIN } from "../../../src/core/protocol/frame.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { type Span, sharedBytes, viewOf } from "../../../src/core/protocol/slab.ts";
import { hex, text } from "../../helpers/core/recorder.ts";
import { sending } from "../../helpers/core/sending.ts";

const RSV1 = 0x40;

/** An encoder that turns `a` into `<a>`, at once or when it is told to. */
class Encoder {
  readonly jobs: (() => void)[] = [];
  readonly alike = {};
  /** What was encoded, and by whom: "all" or one connection. */
  readonly log: string[] = [];
  readonly #late: boolean;

  constructor(late: boolean) {
    this.#late = late;
  }

  encode(by: string, message: Uint8Array, done: (payload: Uint8Array | undefined) => void): void {
    const said = new TextDecoder().decode(message);
    this.log.push(`${by}: ${said}`);
    const finish = () => done(said.includes("!") ? undefined : text(`<${said}>`));
    if (this.#late) this.jobs.push(finish);
    else finish();
  }
}

/** A connection that encodes what has more than one byte. */
function member(encoder: Encoder | undefined, name: string) {
  const written: Span[] = [];
  const events: string[] = [];
  const shared: SharedEncoding | undefined = encoder && {
    alike: encoder.alike,
    encode: (message, done) => encoder.encode("all", message, done),
    used: () => events.push("used"),
  };
  const extension: Extension | undefined = encoder && {
    rsv: RSV1,
    encodes: (length) => length > 1,
    encode: (message, done) => encoder.encode(name, message, done),
    decode() {},
    shared,
    sending,
    close() {},
  };
  const connection = new Connection(
    { role: "server", extension },
    { receiveMessage() {}, closed: (code) => events.push(`closed ${code}`) },
    {
      write: (span) => {
        written.push(span);
        events.push(hex(viewOf(span)));
      },
    },
  );
  return { connection, written, events };
}

const encoded = (said: string) => hex(encodeFrame(OPCODE.TEXT, text(`<${said}>`), undefined, FIN | RSV1));
const plain = (said: string) => hex(encodeFrame(OPCODE.TEXT, text(said)));

function sendAll(message: string | Uint8Array, members: readonly ReturnType<typeof member>[]): void {
  const broadcast = new Broadcast(message);
  for (const { connection } of members) connection.send(message, broadcast);
}

describe("a broadcast", () => {
  it("is framed once for all who do not encode it, with an extension or without", () => {
    const encoder = new Encoder(false);
    const members = [member(undefined, "a"), member(encoder, "b"), member(undefined, "c")];
    sendAll("x", members);
    const [first, ...others] = members.map(({ written }) => written[0]);
    for (const other of others) expect(other).toBe(first);
    expect(members.map(({ events }) => events)).toEqual([[plain("x")], [plain("x")], [plain("x")]]);
  });

  it("is encoded once for all who encode alike, and once more for others", () => {
    const [encoder, other] = [new Encoder(false), new Encoder(false)];
    const members = [member(encoder, "a"), member(undefined, "b"), member(encoder, "c"), member(other, "d")];
    sendAll("hello", members);
    expect([encoder.log, other.log]).toEqual([["all: hello"], ["all: hello"]]);
    expect(members[0]!.written[0]).toBe(members[2]!.written[0]);
    expect(members.map(({ events }) => events)).toEqual([
      ["used", encoded("hello")],
      [plain("hello")],
      ["used", encoded("hello")],
      ["used", encoded("hello")],
    ]);
  });

  it("that takes its time to be encoded keeps its place among what else is sent to each", () => {
    const encoder = new Encoder(true);
    const members = [member(encoder, "a"), member(encoder, "b")];
    members[0]!.connection.send("own");
    sendAll("one", members);
    members[0]!.connection.send("y");
    sendAll("two", members);
    members[1]!.connection.send("z");
    expect(encoder.log).toEqual(["a: own", "all: one", "all: two"]);
    // The later one first.
    encoder.jobs.splice(2, 1)[0]!();
    expect(members.map(({ events }) => events)).toEqual([[], []]);
    encoder.jobs.splice(1, 1)[0]!();
    expect(members[1]!.events).toEqual(["used", encoded("one"), "used", encoded("two"), plain("z")]);
    encoder.jobs.shift()!();
    const all = [encoded("own"), "used", encoded("one"), plain("y"), "used", encoded("two")];
    expect(members[0]!.events).toEqual(all);
  });

  it("that waits is there once, whoever waits for it, and so it is counted", () => {
    const before = sharedBytes();
    const encoder = new Encoder(true);
    const members = [member(encoder, "a"), member(encoder, "b")];
    sendAll("hello", members);
    for (const { connection } of members) expect(connection.unsent).toMatchObject({ bytes: 5, shared: 5 });
    expect(sharedBytes() - before).toBe(5);
    encoder.jobs.shift()!();
    for (const { connection } of members) expect(connection.unsent).toMatchObject({ bytes: 0, shared: 0, overhead: 0 });
    expect(sharedBytes() - before).toBe(0);
  });

  it("is taken as it is at the call, and may change afterwards", () => {
    const encoder = new Encoder(true);
    const members = [member(encoder, "a"), member(undefined, "b"), member(encoder, "c")];
    const bytes = text("hello");
    members[2]!.connection.send("before");
    sendAll(bytes, members);
    bytes.fill(0);
    for (const job of encoder.jobs.splice(0)) job();
    const frame = hex(encodeFrame(OPCODE.BINARY, text("<hello>"), undefined, FIN | RSV1));
    expect(members.map(({ events }) => events.at(-1))).toEqual([
      frame,
      hex(encodeFrame(OPCODE.BINARY, text("hello"))),
      frame,
    ]);
  });

  it("that can't be encoded fails all who wait for it, and no one else", () => {
    const encoder = new Encoder(true);
    const members = [member(encoder, "a"), member(encoder, "b"), member(undefined, "c")];
    sendAll("oh!", members);
    encoder.jobs.shift()!();
    expect(members.map(({ events }) => events.at(-1))).toEqual(["closed 1011", "closed 1011", plain("oh!")]);
  });
});

describe("what is dropped before it is written", () => {
  it("is not written when it has been encoded, and what was to be run after it is run", () => {
    const encoder = new Encoder(true);
    const { connection, events } = member(encoder, "a");
    connection.send("own");
    sendAll("one", [{ connection, events, written: [] }]);
    connection.send("y");
    connection.unsent.afterAll(() => events.push("after"));
    connection.unsent.drop();
    expect(connection.unsent).toMatchObject({ bytes: 0, shared: 0, overhead: 0 });
    connection.close(1013);
    expect(events).toEqual(["after", hex(encodeFrame(OPCODE.CLOSE, Uint8Array.of(0x03, 0xf5)))]);
    for (const job of encoder.jobs.splice(0)) job();
    expect(events.length).toBe(2);
  });
});
