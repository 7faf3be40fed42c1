import { createClient } from "redis";
import { afterAll, expect, it } from "vitest";
import { decodeText, encodeText } from "../../../src/core/protocol/utf8.ts";
import type { Broker } from "../../../src/core/rooms/cluster/broker.ts";
import { describeOnRedis, killRedis, startRedis } from "../../helpers/redis-server.ts";
import { connected, SILENT } from "./joined.ts";

/** A room is entered, left, entered, left and entered. */
const STEPS = 5;

/** After which of the earlier steps Redis has done when each step is taken; -1 is at once. All ways there are, in which none overtakes another. */
function allTimings(step = 1, after: readonly number[] = [-1]): (readonly number[])[] {
  if (step === STEPS) return [after];
  const earliest = after.at(-1)!;
  return Array.from({ length: step - earliest }, (_, more) => earliest + more).flatMap((one) =>
    allTimings(step + 1, [...after, one]),
  );
}

/**
 * Takes the steps, each once what was published right after an earlier one has come; then says something there. Resolves with what the
 * last to enter was brought before what was published next, and with what leaves the room.
 */
function enterAndLeave(broker: Broker, room: string, timing: readonly number[]) {
  const { promise, resolve } = Promise.withResolvers<{ heard: readonly string[]; leave: () => void }>();
  let heard: string[] = [];
  let leave = (): void => {};
  let taken = 0;
  const enter = () => {
    const mine: string[] = [];
    heard = mine;
    leave = broker.subscribe(room, { ...SILENT, receive: (bytes) => void mine.push(decodeText(bytes)!) });
  };
  const go = (done: number) => {
    for (; taken < STEPS && timing[taken]! <= done; taken++) {
      if (taken % 2 === 0) enter();
      else leave();
      if (taken === STEPS - 1) broker.publish(room, encodeText("said"), 1);
      broker.publish("done", encodeText(`${taken}`), 1);
    }
  };
  const done = (bytes: Uint8Array<ArrayBuffer>) => {
    const step = Number(decodeText(bytes));
    if (step < STEPS - 1) go(step);
    else {
      stop();
      resolve({ heard, leave });
    }
  };
  const stop = broker.subscribe("done", { ...SILENT, receive: done });
  go(-1);
  return promise;
}

describeOnRedis("a room that is left and entered again before Redis has confirmed it", () => {
  afterAll(killRedis);

  it("is heard from then on, whenever that was, and when it is left at last, it is not subscribed any more", async () => {
    const server = await startRedis();
    const { broker } = await connected({ url: server.url });
    const timings = allTimings();
    const deaf: string[] = [];
    for (const timing of timings) {
      const { heard, leave } = await enterAndLeave(broker, `room ${timing}`, timing);
      if (heard.join() !== "said") deaf.push(`${timing}: ${heard}`);
      leave();
    }
    expect(deaf).toEqual([]);
    expect(timings.length).toBeGreaterThan(10);
    const admin = await createClient({ url: server.url }).connect();
    await expect.poll(() => admin.pubSubChannels("onesocket:room:*")).toEqual([]);
    admin.destroy();
    await broker.close();
  });

  it("is counted without those who have left it, from the moment they have", async () => {
    const { url } = await startRedis();
    const [one, other] = [await connected({ url }), await connected({ url })];
    other.broker.subscribe("room", { ...SILENT, size: () => 2 });
    expect(await other.broker.count("room")).toBe(2);
    one.broker.subscribe("room", SILENT)();
    expect(await one.broker.count("room")).toBe(2);
    expect(await other.broker.count("room")).toBe(2);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });
});
