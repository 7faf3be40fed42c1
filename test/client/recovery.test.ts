import { afterEach, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { type Client, type ConnectOptions, connect } from "../../src/client/index.ts";
import {
  AT,
  PING,
  PONG,
  type Position,
  RESUME,
  type ResumePosition,
  type RpcRequest,
} from "../../src/core/rpc/wire.ts";
import { Peer, reaching } from "./peer.ts";

const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

/** A room with a history, in a few lines: of as many notifications as `keep` says. */
class Room {
  peer!: Peer;
  epoch = "e1";
  keep = Infinity;
  /** Answers a resume; a test may put something else in its place. */
  answer = (socket: WebSocket, reply: () => void): void => void (socket.readyState === 1 && reply());
  readonly resumes: ResumePosition[] = [];
  readonly #history: RpcRequest[] = [];
  #offset = 0;

  static async open(): Promise<Room> {
    const room = new Room();
    room.peer = await Peer.start((socket, text) => room.#heard(socket, text));
    room.peer.onOpen = (socket) => {
      const params = { epoch: room.epoch, offset: room.#offset, socket: `s${room.peer.sockets.length}` };
      socket.send(JSON.stringify({ jsonrpc: "2.0", method: AT, params }));
    };
    open.push(room.peer);
    return room;
  }

  say(n: number): void {
    const said: RpcRequest = { jsonrpc: "2.0", method: "said", params: [n], [AT]: [this.epoch, ++this.#offset] };
    this.#history.push(said);
    if (this.#history.length > this.keep) this.#history.shift();
    for (const socket of this.peer.sockets) if (socket.readyState === 1) socket.send(JSON.stringify(said));
  }

  /** What has been said means nothing any more. */
  begin(epoch: string): void {
    this.epoch = epoch;
    this.#offset = 0;
    this.#history.length = 0;
  }

  cut(): void {
    for (const socket of this.peer.sockets) socket.terminate();
  }

  #heard(socket: WebSocket, text: string): void {
    const { id, method, params } = JSON.parse(text);
    const reply = (result: unknown) => socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
    if (text === PING) socket.send(PONG);
    else if (method !== RESUME) reply(params);
    else {
      this.resumes.push(params);
      this.answer(socket, () => reply(this.#since(params)));
    }
  }

  #since({ epoch, offset }: ResumePosition): object {
    const at: Position = [this.epoch, this.#offset];
    const first = (this.#history[0]?.[AT]?.[1] ?? this.#offset + 1) - 1;
    const recovered = epoch === this.epoch && offset >= first && offset <= this.#offset;
    return { recovered, at, missed: recovered ? this.#history.filter((one) => one[AT]![1] > offset) : [] };
  }
}

/** A client that comes back at once, and what it has heard and been told, in order. */
function listener(
  room: Room,
  options: ConnectOptions = {},
): {
  readonly client: Client;
  readonly heard: unknown[];
  until(last: unknown): Promise<void>;
} {
  const client = connect(room.peer.url, { ...options, backoff: { firstMs: 5, longestMs: 5 } });
  open.push({ stop: () => client.close() });
  const heard: unknown[] = [];
  let wake = () => {};
  const note = (what: unknown) => {
    heard.push(what);
    wake();
  };
  client.on("said", note);
  client.addEventListener("status", () => {
    if (client.status.state === "open" && client.status.recovered !== undefined)
      note(`recovered: ${client.status.recovered}`);
  });
  const until = async (last: unknown) => {
    while (heard.at(-1) !== last)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  return { client, heard, until };
}

describe("what was said before a client first came", () => {
  it("comes first, as much as it asks for, and what comes meanwhile comes after it, once", async () => {
    const room = await Room.open();
    for (const n of [1, 2, 3]) room.say(n);
    room.answer = (_, reply) => {
      room.say(4);
      reply();
      room.say(5);
    };
    const { heard, until } = listener(room, { history: 2 });
    await until(5);
    expect(heard).toEqual(["recovered: true", 2, 3, 4, 5]);
    expect(room.resumes).toEqual([{ epoch: "e1", offset: 1, socket: "s1" }]);
  });

  it("comes at the second try where the connection broke at the first, and what came between with it", async () => {
    const room = await Room.open();
    room.say(1);
    let tries = 0;
    room.answer = (socket, reply) => {
      tries += 1;
      if (tries > 1) return reply();
      socket.terminate();
      room.say(2);
    };
    const { heard, until } = listener(room, { history: 100 });
    await until(2);
    expect(heard).toEqual(["recovered: true", 1, 2]);
  });

  it("does not come where a part of it is forgotten, and then nothing of it does", async () => {
    const room = await Room.open();
    room.keep = 1;
    for (const n of [1, 2, 3]) room.say(n);
    const { heard, until } = listener(room, { history: 2 });
    await until("recovered: false");
    room.say(4);
    await until(4);
    expect(heard).toEqual(["recovered: false", 4]);
  });

  it("is so much, or it is refused", () => {
    for (const history of [-1, NaN, 2 ** 31])
      expect(() => connect("ws://127.0.0.1:1", { history })).toThrow(RangeError);
  });
});

describe("what was missed while there was no connection", () => {
  it("comes first, in order and once, after the word that nothing is lost", async () => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    expect(client.status.recovered).toBeUndefined();
    room.say(1);
    await until(1);
    room.cut();
    room.say(2);
    room.say(3);
    await until(3);
    room.say(4);
    await until(4);
    expect(heard).toEqual([1, "recovered: true", 2, 3, 4]);
    expect(room.resumes).toEqual([{ epoch: "e1", offset: 1, socket: "s1" }]);
  });

  it("comes once where it comes beside the answer too, and what comes after it comes after it", async () => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    room.cut();
    room.say(1);
    room.answer = (_, reply) => {
      room.say(2);
      reply();
      room.say(3);
    };
    await until(3);
    expect(heard).toEqual(["recovered: true", 1, 2, 3]);
  });

  it.each([
    ["of another epoch", (room: Room) => room.begin("e2")],
    [
      "trimmed",
      (room: Room) => {
        room.keep = 1;
        room.say(8);
      },
    ],
  ])("is told to be lost when the history is %s, before what comes then", async (_, change) => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    room.say(1);
    await until(1);
    room.cut();
    change(room);
    room.say(9);
    room.answer = (_socket, reply) => {
      room.say(10);
      reply();
    };
    await until(10);
    room.say(11);
    await until(11);
    expect(heard.filter((one) => one !== 8 && one !== 9)).toEqual([1, "recovered: false", 10, 11]);
    room.answer = (_socket, reply) => reply();
    room.cut();
    room.keep = Infinity;
    room.say(12);
    await until(12);
    expect(heard.slice(-2)).toEqual(["recovered: true", 12]);
  });

  it("is told to be lost by a server that keeps no history any more", async () => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    const error = { code: -32_601, message: "Method not found" };
    room.answer = (socket) => socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, error }));
    room.cut();
    await until("recovered: false");
    room.say(1);
    await until(1);
    expect(heard).toEqual(["recovered: false", 1]);
  });

  it("is told to be lost when the connection before broke without a word of where the room was", async () => {
    const room = await Room.open();
    const { peer } = room;
    const place = peer.onOpen;
    peer.onOpen = (socket) => {
      peer.onOpen = place;
      socket.terminate();
    };
    const { client, heard, until } = listener(room);
    await reaching(client, "waiting");
    room.say(1);
    await until("recovered: false");
    room.say(2);
    await until(2);
    room.cut();
    room.say(3);
    await until(3);
    expect(heard).toEqual(["recovered: false", 2, "recovered: true", 3]);
  });

  it("is asked for again when the connection dies over the answer", async () => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    room.say(1);
    await until(1);
    let deaths = 0;
    room.answer = (socket, reply) => {
      room.say(10 + deaths);
      if (deaths++ < 2) socket.terminate();
      else reply();
    };
    room.cut();
    await until(12);
    expect(heard).toEqual([1, "recovered: true", 10, 11, 12]);
    expect(room.resumes.map(({ offset }) => offset)).toEqual([1, 1, 1]);
  });

  it("is not asked for where the server has no history, and requests are answered while it is", async () => {
    const room = await Room.open();
    const { client, until } = listener(room);
    expect(await client.request("echo", "x")).toEqual(["x"]);
    let reply = () => {};
    room.answer = (_, give) => {
      reply = give;
    };
    room.cut();
    await reaching(client, "waiting");
    expect(await client.request("echo", "y")).toEqual(["y"]);
    expect(client.status.state).toBe("connecting");
    reply();
    await until("recovered: true");
    const plain = await Peer.start((socket, text) => text === PING && socket.send(PONG));
    open.push(plain);
    const other = connect(plain.url, { backoff: { firstMs: 5 } });
    open.push({ stop: () => other.close() });
    other.on("said", () => {});
    await plain.until(() => plain.sockets.length === 1);
    plain.sockets[0]!.terminate();
    await plain.until(() => plain.sockets.length === 2);
    await reaching(other, "open");
    expect(plain.texts.filter((text) => text !== PING)).toEqual([]);
  });

  it("is complete and in order over hundreds of connections that are cut at any moment", async () => {
    const room = await Room.open();
    const { client, heard, until } = listener(room);
    await reaching(client, "open");
    for (let n = 1; n <= 900; n++) {
      room.say(n);
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      if (n % 5 === 0) room.cut();
    }
    await until(900);
    expect(heard.filter((one) => typeof one === "number")).toEqual(Array.from({ length: 900 }, (_, i) => i + 1));
    expect(room.resumes.length).toBeGreaterThan(20);
  });
});
