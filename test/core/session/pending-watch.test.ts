import { describe, expect, it } from "vitest";
import type { SocketOptions } from "../../../src/core/contract/definition.ts";
import { gate, session, settled } from "../../helpers/core/core.ts";

const forever = () => new Promise(() => {});

/** A socket with a hook that is pending, and two messages behind it. */
function waiting(options: Omit<SocketOptions, "name">) {
  const made = session(options);
  made.session.opened();
  for (const data of ["first", "second", "third"]) made.session.receiveMessage(data);
  return made;
}

describe("a hook whose promise is pending while messages wait", () => {
  it("is told of after a second, with its name, its definition and how many wait", () => {
    const { clock, events, session: subject } = waiting({ message: forever });
    clock.advance(999);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual([{ type: "pending", definition: "test", socket: subject.id, hook: "message", messages: 2 }]);
    clock.advance(60_000);
    expect(events).toHaveLength(1);
  });

  it.each([
    ["open", { open: forever }, 3],
    [
      "error",
      {
        message() {
          throw new Error("x");
        },
        error: forever,
      },
      2,
    ],
  ] as const)("is named: %s", (hook, options, messages) => {
    const { clock, events } = waiting(options);
    clock.advance(1000);
    expect(events).toMatchObject([{ type: "pending", hook, messages }]);
  });

  it("is told of once for all sockets of a definition", () => {
    const options = { message: forever };
    const first = waiting(options);
    const second = session(options, { definition: first.session.definition });
    for (const data of ["first", "second"]) second.session.receiveMessage(data);
    for (const { clock } of [first, second]) clock.advance(5000);
    expect([first.events.length, second.events.length]).toEqual([1, 0]);
  });

  it("is not told of when hooks end, however many messages wait for how long", async () => {
    let work = gate();
    const { clock, events, session: subject } = session({ heartbeat: false, message: () => work.promise });
    for (let i = 0; i < 20; i++) subject.receiveMessage("x");
    for (let i = 0; i < 20; i++) {
      clock.advance(900);
      const { open } = work;
      work = gate();
      open();
      await settled();
    }
    expect(events).toEqual([]);
    expect(clock.timers.size).toBe(0);
  });

  it("is not told of where nothing waits", () => {
    const { clock, events, session: subject } = session({ message: forever });
    subject.receiveMessage("x");
    clock.advance(60_000);
    expect(events).toEqual([]);
  });
});
