import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { PublishQueue } from "../../../../src/adapters/shared/brokers/publish-queue.ts";

function publication(channel: string, messages = 1, bytes = 10) {
  return { channel, messages, bytes: new Uint8Array(bytes) };
}

function waiting(queue: PublishQueue): string[] {
  const channels: string[] = [];
  for (let next = queue.next(); next; next = queue.next()) channels.push(next.channel);
  return channels;
}

it("hands out publications once, in order, and again after a rewind those that are not confirmed", () => {
  const queue = new PublishQueue({ messages: 10, bytes: 10_000 });
  for (const name of ["a", "b", "c"]) queue.put(publication(name));
  expect(waiting(queue)).toEqual(["a", "b", "c"]);
  queue.confirmed();
  queue.put(publication("d"));
  queue.rewind();
  expect(waiting(queue)).toEqual(["b", "c", "d"]);
});

it.each([
  ["messages", publication("over", 3, 1)],
  ["bytes", publication("over", 1, 90)],
])("drops what is over its bound of %s, counts it, and takes what fits again", (_, over) => {
  const queue = new PublishQueue({ messages: 4, bytes: 3 * (10 + 360) });
  queue.put(publication("a", 1));
  queue.put(publication("b", 1));
  queue.put(over);
  queue.put(publication("c", 1));
  expect(waiting(queue)).toEqual(["a", "b", "c"]);
  expect(queue.takeDropped()).toEqual({ messages: over.messages, bytes: over.bytes.length });
  expect(queue.takeDropped()).toBeUndefined();
});

it("takes one that is larger than its bound when there is no other", () => {
  const queue = new PublishQueue({ messages: 4, bytes: 100 });
  queue.put(publication("large", 9, 1000));
  expect(waiting(queue)).toEqual(["large"]);
  queue.put(publication("over"));
  queue.confirmed();
  queue.put(publication("next"));
  expect(waiting(queue)).toEqual(["next"]);
});

it("tells when it is empty, and what was in it when it was given up", async () => {
  const queue = new PublishQueue({ messages: 4, bytes: 1000 });
  await queue.emptied();
  queue.put(publication("a", 2));
  waiting(queue);
  const emptied = queue.emptied();
  queue.confirmed();
  await emptied;
  queue.put(publication("b", 3, 30));
  queue.dropAll();
  expect(queue.takeDropped()).toEqual({ messages: 3, bytes: 30 });
});

it("takes no more memory than its bound, however small what is published", async () => {
  const ROOT = join(import.meta.dirname, "../../../..");
  const program = `
    import { connectPostgres } from "./src/adapters/postgres/broker.ts";
    import { encodeBatch, pack } from "./src/core/rooms/cluster/batch.ts";
    const keptBytes = 1 << 22;
    const broker = connectPostgres({ url: "postgres://127.0.0.1:1/x", keptMessages: 1e6, keptBytes })(() => {});
    const used = () => (gc(), gc(), process.memoryUsage().heapUsed + process.memoryUsage().external);
    const before = used();
    for (let offset = 0; offset < 20_000; offset++)
      broker.publish("room", encodeBatch({ from: broker.id, epoch: 1, offset }, [pack({ act: "x" })]), 1);
    console.log((used() - before) / keptBytes);
    process.exit();
  `;
  const args = ["--expose-gc", "--conditions=onesocket-source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(join(ROOT, "node_modules/.bin/node"), args, { cwd: ROOT });
  expect(Number(stdout)).toBeGreaterThan(0.5);
  expect(Number(stdout)).toBeLessThan(1.2);
});
