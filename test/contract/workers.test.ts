import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWorker, startWorker } from "../helpers/miniflare.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { contract } from "./contract.ts";
import { freshRoom, type RunningHost, Suite } from "./runtime.ts";

const SIGNAL = "enable_request_signal";

async function start(...compatibilityFlags: string[]): Promise<RunningHost> {
  const entry = `${import.meta.dirname}/../hosts/contract/workers.ts`;
  const { url, logs, dispose }: RunningWorker = await startWorker(entry, {
    compatibilityFlags,
    vars: { GREETING: "hello" },
  });
  return { url, logs, stop: dispose };
}

contract("workers", () => start(SIGNAL, "nodejs_compat"));

describe(`without the flag ${SIGNAL}`, () => {
  const suite = new Suite("workers");
  beforeAll(() => suite.start(() => start()));
  afterAll(() => suite.stop());

  it("H3 tells an upgrade nothing of its client's going away, and serves the next client", async () => {
    expect(CAPABILITIES.upgradeAbort.workers.value).toBe("tells under a flag");
    const gate = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/gated/${gate}?gate=${gate}` });
    await suite.records(gate, 1);
    client.reset();
    await suite.settle();
    expect(await suite.records(gate, 1)).toEqual(["begun"]);
    const next = await suite.connect(`/echo/${gate}`);
    next.send("served");
    expect(await next.next()).toBe("served");
  });
});
