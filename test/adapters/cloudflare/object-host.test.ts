import { defineSocket, type SocketOptions } from "onesocket";
import { expect, it } from "vitest";
import { snapshotBytes } from "../../../src/adapters/cloudflare/attachment.ts";
import { ObjectHost } from "../../../src/adapters/cloudflare/object-host.ts";
import type { ObjectState, WorkerSocket } from "../../../src/adapters/cloudflare/types.ts";
import type { SocketDefinition } from "../../../src/core/contract/definition.ts";
import * as READY_STATE from "../../../src/core/contract/ready-state.ts";
import { snapshot } from "../../helpers/core/core.ts";

/** The end of a socket that sleeps in an object, with what was kept of it. */
class Sleeping implements WorkerSocket {
  readonly readyState = READY_STATE.OPEN;
  readonly sent: unknown[] = [];
  attachment: unknown;

  constructor(id: string, lastReceived = Date.now()) {
    this.attachment = { onesocket: snapshotBytes(snapshot({ id, state: { name: id } })), lastReceived };
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(code?: number): void {
    this.sent.push(["close", code]);
  }
  accept(): void {}
  addEventListener(): void {}
  serializeAttachment(value: unknown): void {
    this.attachment = value;
  }
  deserializeAttachment(): unknown {
    return this.attachment;
  }
}

let names = 0;

/** An object that wakes with these sockets. `ownsAlarm`: its class has no alarm of its own. */
function wake(options: Omit<SocketOptions, "name">, sockets: readonly Sleeping[], ownsAlarm = true) {
  const alarms: number[] = [];
  names += 1;
  const definition = defineSocket({ name: `object-${names}`, ...options }) as SocketDefinition;
  const state = {
    id: { name: "default" },
    waitUntil() {},
    acceptWebSocket() {},
    getWebSockets: () => sockets.filter(({ attachment }) => attachment !== undefined),
    setWebSocketAutoResponse() {},
    getWebSocketAutoResponseTimestamp: () => null,
    storage: { setAlarm: async (at: number) => void alarms.push(at) },
  } as unknown as ObjectState;
  const host = new ObjectHost(definition, state, {
    env: {},
    observe: {},
    object: undefined,
    ownAlarm: ownsAlarm ? undefined : () => {},
  });
  return { host, alarms, definition };
}

it("knows a socket that slept by what was kept of it, and reads only that one for a message", () => {
  const sockets = [new Sleeping("ada"), new Sleeping("bob")];
  const { host } = wake({ message: (socket, data) => void socket.send(`${socket.id}: ${data}`) }, sockets);
  let read = 0;
  sockets[1]!.deserializeAttachment = () => {
    read += 1;
  };
  expect(host.receiveMessage(sockets[0]!, "hello")).toBeUndefined();
  expect([sockets[0]!.sent, read]).toEqual([["ada: hello"], 0]);
});

it("has all that sleep in its room, as soon as one of them is asked for, and their state is frozen throughout", () => {
  const { host } = wake({}, [new Sleeping("ada"), new Sleeping("bob")]);
  expect(host.room.sockets.map(({ state }) => state)).toEqual([{ name: "ada" }, { name: "bob" }]);
  expect(host.room.sockets.every(({ state }) => Object.isFrozen(state))).toBe(true);
});

it("does what rooms() asks for its own definition only", () => {
  const { host, definition } = wake({}, [new Sleeping("ada")]);
  expect(() => host.command("send", ["x"], "another")).toThrow(/^ROOMS_MISMAPPED/);
  const sockets = [new Sleeping("eve")];
  const mine = wake({}, sockets);
  mine.host.command("send", ["x"], mine.definition.name);
  expect([sockets[0]!.sent, definition.name === mine.definition.name]).toEqual([["x"], false]);
});

it.each([
  [true, 1],
  [false, 0],
])(
  "drops the silent when the alarm rings, and sets the next one where the alarm is its own: %s",
  (ownsAlarm, count) => {
    const heartbeat = { everyMs: 20_000, timeoutMs: 10_000, expectPing: true, sweepMs: 60_000 };
    const [silent, lively] = [new Sleeping("silent", Date.now() - 51_000), new Sleeping("lively", Date.now())];
    const closed: string[] = [];
    const { host, alarms } = wake({ heartbeat, close: ({ id }) => void closed.push(id) }, [silent, lively], ownsAlarm);
    host.alarm();
    expect([closed, silent.attachment, lively.attachment !== undefined]).toEqual([["silent"], undefined, true]);
    expect(alarms).toHaveLength(count);
  },
);
