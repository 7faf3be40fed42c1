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
  const outbox = new Outbox({ messages: 10, bytes: 1000 });
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
  const outbox = new Outbox({ messages: 4, bytes: 100 });
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
  outbox.arrived();
  outbox.put(letter("next"));
  expect(waiting(outbox)).toEqual(["next"]);
});

it("tells when it is empty, and what was in it when it was given up", async () => {
  const outbox = new Outbox({ messages: 4, bytes: 100 });
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
