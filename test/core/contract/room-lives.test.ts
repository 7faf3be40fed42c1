import { expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { gate, HandClock, settled } from "../../helpers/core/core.ts";

/** The lives of a definition's rooms; what is stored waits for the gate. */
function empty(hooks: object = {}) {
  const writing = gate();
  const platform = new HandClock();
  const storage = { get: () => undefined, put: () => writing.promise, delete: () => {}, list: () => [] };
  const host = { platform, observe: () => {}, waitUntil() {}, env: {}, storage };
  const lives = defineSocket({ name: "empty", room: hooks }).lives!;
  /** The life of a room that nobody is in, whom hooks may still know that have not ended. */
  const life = () => lives.of({ id: "lobby", size: 0 } as never, host as never);
  return { life, writing, platform };
}

it("a room's life that is asked for after the last one has left ends when what was asked of it is stored, and not before", async () => {
  const { life, writing } = empty();
  const [first, kept] = [life(), life().storage.put("n", 1)];
  await settled();
  const also = life().storage.put("n", 2);
  writing.open();
  await kept;
  expect(life()).toBe(first);
  await also;
  await settled();
  expect(life()).not.toBe(first);
});

it("one whose alarm was set by then ends when it has rung, or is not to ring any more", async () => {
  const rung: string[] = [];
  const { life, platform } = empty({ alarm: () => rung.push("rung") });
  for (const end of [() => platform.advance(1000), () => life().deleteAlarm()]) {
    const first = life();
    await first.setAlarm(1000);
    await settled();
    expect(life()).toBe(first);
    await end();
    await settled();
    expect(life()).not.toBe(first);
  }
  expect(rung).toEqual(["rung"]);
});
