import { expect, it } from "vitest";
import { CallQueue } from "../../../src/adapters/cloudflare/shards/call-queue.ts";
import { HandClock } from "../../../src/testing/clock.ts";

/** A queue whose calls are ended by hand. */
function byHand() {
  const calls: { readonly items: readonly string[]; end(unreached?: number): void; fail(error: unknown): void }[] = [];
  const clock = new HandClock(0);
  const queue = new CallQueue<string>((items) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    calls.push({ items, end: (unreached = 0) => resolve(unreached), fail: reject });
    return promise;
  }, clock);
  return { queue, calls, clock };
}

const turn = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

it("calls once at a time, with all that came meanwhile, in order", async () => {
  const { queue, calls } = byHand();
  const sent = ["a", "b"].map((item) => queue.send(item));
  await turn();
  sent.push(...["c", "d"].map((item) => queue.send(item)));
  await turn();
  expect(calls.map(({ items }) => items)).toEqual([["a", "b"]]);
  calls[0]!.end(3);
  await turn();
  expect(calls.map(({ items }) => items)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  calls[1]!.end();
  expect(await Promise.all(sent)).toEqual([3, 0, 0, 0]);
});

it("calls again what failed on the way, as it was, before all that came later", async () => {
  const { queue, calls, clock } = byHand();
  const first = queue.send("a");
  await turn();
  calls[0]!.fail(new Error("Network connection lost."));
  const second = queue.send("b");
  await turn();
  expect(calls).toHaveLength(1);
  await clock.advance(100, turn);
  await turn();
  expect(calls[1]!.items).toEqual(["a"]);
  calls[1]!.end();
  await turn();
  expect(calls[2]!.items).toEqual(["b"]);
  calls[2]!.end();
  await Promise.all([first, second]);
});

it.each([
  ["what the other side threw", { remote: true }],
  ["an overload", { overloaded: true, retryable: true }],
])("does not call again after %s, and goes on", async (_, properties) => {
  const { queue, calls } = byHand();
  const failed = expect(queue.send("a")).rejects.toThrow("no");
  await turn();
  calls[0]!.fail(Object.assign(new Error("no"), properties));
  await failed;
  const next = queue.send("b");
  await turn();
  calls[1]!.end();
  expect(await next).toBe(0);
});

it("gives up after five calls", async () => {
  const { queue, calls, clock } = byHand();
  const failed = expect(queue.send("a")).rejects.toThrow("lost");
  for (let call = 0; call < 5; call++) {
    await turn();
    calls[call]!.fail(new Error("lost"));
    await turn();
    await clock.advance(5000, turn);
  }
  await failed;
  expect(calls).toHaveLength(5);
});

it("cuts what waits at a megabyte, and refuses what is more than sixteen", async () => {
  const { queue, calls } = byHand();
  const megabyte = 1 << 20;
  const sent = [queue.send("large", 20 * megabyte)];
  await turn();
  for (let i = 0; i < 32; i++) sent.push(queue.send(`${i}`, megabyte / 2));
  await expect(queue.send("too much", megabyte)).rejects.toThrow(RangeError);
  for (let call = 0; call < 17; call++) {
    calls[call]!.end();
    await turn();
  }
  expect(calls.map(({ items }) => items.length)).toEqual([1, ...Array.from({ length: 16 }, () => 2)]);
  await Promise.all(sent);
});
