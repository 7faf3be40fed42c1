import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

/** How a server's socket is read: listeners for `data`, and whether an echo came back. */
async function reading(...execArgv: string[]): Promise<unknown> {
  const child = fork(`${import.meta.dirname}/../../fixtures/reading.ts`, {
    execArgv: ["--conditions=onesocket-source", ...execArgv],
  });
  const [message] = await once(child, "message");
  return message;
}

describe("a socket on Node", () => {
  it("is read into a buffer that all share, without data events", async () => {
    expect(await reading()).toEqual({ dataListeners: 0, echo: "hello" });
  });

  it("is read by data events where Node lacks what that takes", async () => {
    const without = `--import=${import.meta.dirname}/../../helpers/data-events.ts`;
    expect(await reading(without)).toEqual({ dataListeners: 1, echo: "hello" });
  });
});
