import { describe, expect, it } from "vitest";
import type { Observer } from "../../../src/core/contract/observer.ts";
import type { Message } from "../../../src/core/contract/socket.ts";
import type { NativePubSub } from "../../../src/core/contract/transport.ts";
import { LiveRoom } from "../../../src/core/rooms/room.ts";
import { RecordingTransport, session } from "../../helpers/core/core.ts";

/** A server with a broadcast of its own, which tells how often it was used. */
class Radio {
  readonly channels = new Map<string, Set<Tuned>>();
  broadcasts = 0;

  publish(channel: string, data: Message, except: Tuned | undefined): void {
    this.broadcasts += 1;
    for (const listener of this.channels.get(channel) ?? []) if (listener !== except) listener.sent.push(data);
  }
}

class Tuned extends RecordingTransport implements NativePubSub {
  readonly server: Radio;

  constructor(server: Radio) {
    super();
    this.server = server;
  }
  get pubSub(): NativePubSub {
    return this;
  }
  subscribe(channel: string): void {
    const listeners = this.server.channels.get(channel) ?? new Set();
    this.server.channels.set(channel, listeners.add(this));
  }
  unsubscribe(channel: string): void {
    this.server.channels.get(channel)?.delete(this);
  }
  publish(channel: string, data: Message, others: boolean): void {
    this.server.publish(channel, data, others ? this : undefined);
  }
}

function hall(radios: Radio[], limits = {}) {
  const room = new LiveRoom("r", {});
  const enter = (radio: Radio) => session({ limits }, { room, transport: new Tuned(radio) });
  return { room, enter, all: radios.map(enter) };
}

describe("a room whose runtime has a broadcast of its own", () => {
  it("uses it once for all members, those too that come later", () => {
    const radio = new Radio();
    const { room, enter, all } = hall([radio, radio]);
    room.send("1");
    all.push(enter(radio));
    room.send("2");
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1", "2"], ["1", "2"], ["2"]]);
    expect(radio.broadcasts).toBe(2);
  });

  it.each<[words: string, observe: Observer, broadcasts: number]>([
    ["an observer wants other events than closes", { opened() {}, failed() {} }, 1],
    ["one wants a closed socket's traffic, which is counted for each of them", { closed() {} }, 0],
    ["one wants all events", () => {}, 0],
  ])("is used or not where %s", (_, observe, broadcasts) => {
    const radio = new Radio();
    const room = new LiveRoom("r", {});
    const all = [1, 2].map(() => session({ observe }, { room, transport: new Tuned(radio) }));
    room.send("1");
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1"], ["1"]]);
    expect(radio.broadcasts).toBe(broadcasts);
  });

  it("uses it for topics, joined before and after its first use", () => {
    const radio = new Radio();
    const { room, all } = hall([radio, radio]);
    all[0]!.session.subscribe("news");
    room.send("1", { topic: "news" });
    all[1]!.session.subscribe("news");
    room.send("2", { topic: "news" });
    all[0]!.session.unsubscribe("news");
    room.send("3", { topic: "news" });
    expect(all.map(({ transport }) => transport.sent)).toEqual([
      ["1", "2"],
      ["2", "3"],
    ]);
    expect(radio.broadcasts).toBe(3);
  });

  it("leaves out the excepted one, but nobody for an id that is not here", () => {
    const radio = new Radio();
    const { room, all } = hall([radio, radio]);
    room.send("1", { except: all[0]!.session });
    room.send("2", { except: { id: "elsewhere" } });
    expect(all.map(({ transport }) => transport.sent)).toEqual([["2"], ["1", "2"]]);
  });

  it("takes a member that closes out of all of its channels", () => {
    const radio = new Radio();
    const { room, all } = hall([radio, radio]);
    all[0]!.session.subscribe("news");
    room.send("1");
    all[0]!.session.close();
    room.send("2");
    room.send("3", { topic: "news" });
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1"], ["1", "2"]]);
    expect([...radio.channels.values()].map(({ size }) => size)).toEqual([1, 0]);
  });

  it("sends to each by itself once a member of another server came", () => {
    const radio = new Radio();
    const { room, enter, all } = hall([radio, radio]);
    room.send("1");
    all.push(enter(new Radio()));
    room.send("2");
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1", "2"], ["1", "2"], ["2"]]);
    expect(radio.broadcasts).toBe(1);
  });

  it("sends to each by itself where an observer counts each message", () => {
    const room = new LiveRoom("r", {});
    const radio = new Radio();
    const all = [0, 1].map(() => session({}, { room, transport: new Tuned(radio), observe: () => {} }));
    room.send("1");
    expect(all.map(({ transport }) => transport.sent)).toEqual([["1"], ["1"]]);
    expect(radio.broadcasts).toBe(0);
  });

  it("closes a slow consumer after a sixteenth of limits.bufferedBytes more at the latest", () => {
    const radio = new Radio();
    const { room, all } = hall([radio, radio], { bufferedBytes: 16_000 });
    all[1]!.transport.buffered = 16_001;
    for (let sent = 0; sent < 1000; sent += 100) room.send("x".repeat(100));
    expect(all.map(({ transport }) => transport.log)).toEqual([[], ["close 1013 SLOW_CONSUMER"]]);
  });
});
