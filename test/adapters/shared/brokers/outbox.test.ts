import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { Outbox } from "../../../../src/adapters/shared/brokers/outbox.ts";

function letter(channel: string, messages = 1, bytes = 10) {
  return { channel, messages, bytes: new Uint8Array(bytes) };
}

function waiting(outbox: Outbox): string[] {
  const channels: string[] = [];
  for (let next = outbox.next(); next; next = outbox.next()) channels.push(next.channel);
  return channels;
}

it("hands out letters once, in order, and again after a rewind those that have not arrived", () => {
  const outbox = new Outbox({ messages: 10, bytes: 10_000 });
  for (const name of ["a", "b", "c"]) outbox.put(letter(name));
  expect(waiting(outbox)).toEqual(["a", "b", "c"]);
  outbox.arrived();
  outbox.put(letter("d"));
  outbox.rewind();
  expect(waiting(outbox)).toEqual(["b", "c", "d"]);
});

it.each([
  ["messages", letter("over", 3, 1)],
  ["bytes", letter("over", 1, 90)],
])("drops what is over its bound of %s, counts it, and takes what fits again", (_, over) => {
  const outbox = new Outbox({ messages: 4, bytes: 3 * (10 + 360) });
  outbox.put(letter("a", 1));
  outbox.put(letter("b", 1));
  outbox.put(over);
  outbox.put(letter("c", 1));
  expect(waiting(outbox)).toEqual(["a", "b", "c"]);
  expect(outbox.takeDropped()).toEqual({ messages: over.messages, bytes: over.bytes.length });
  expect(outbox.takeDropped()).toBeUndefined();
});

it("takes one that is larger than its bound when there is no other", () => {
  const outbox = new Outbox({ messages: 4, bytes: 100 });
  outbox.put(letter("large", 9, 1000));
  expect(waiting(outbox)).toEqual(["large"]);
  outbox.put(letter("over"));
  outbox.arrived();
  outbox.put(letter("next"));
  expect(waiting(outbox)).toEqual(["next"]);
});

it("tells when it is empty, and what was in it when it was given up", async () => {
  const outbox = new Outbox({ messages: 4, bytes: 1000 });
  await outbox.emptied();
  outbox.put(letter("a", 2));
  waiting(outbox);
  const emptied = outbox.emptied();
  outbox.arrived();
  await emptied;
  outbox.put(letter("b", 3, 30));
  outbox.abandon();
  expect(outbox.takeDropped()).toEqual({ messages: 3, bytes: 30 });
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
