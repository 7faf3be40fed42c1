import { describe, expect, it } from "vitest";
import type { Logged } from "../../../src/core/rooms/cluster/log.ts";
import { SharedHistory } from "../../../src/core/rooms/cluster/shared-history.ts";
import type { Position } from "../../../src/core/rpc/wire.ts";
import { settled } from "../../helpers/core/core.ts";

const ADA = { id: "ada", topics: [] };

/** A log that others append to, and the history of a process that hears of it only what a test brings. */
function process(epoch = "e") {
  const log = { epoch, said: 0, reads: 0, isAway: false };
  const heard: unknown[] = [];
  const one = (offset: number): Logged => ({
    at: [log.epoch, offset],
    topic: undefined,
    except: undefined,
    text: `{"n":${offset}}`,
  });
  const history = new SharedHistory({
    async read(after: Position | undefined) {
      log.reads += 1;
      if (log.isAway) throw new Error("away");
      const from = after?.[0] === log.epoch && after[1] <= log.said ? after[1] : undefined;
      const said =
        from === undefined ? undefined : Array.from({ length: log.said - from }, (_, i) => one(from + i + 1));
      return { at: [log.epoch, log.said] as const, said };
    },
    perform: ({ act }) => heard.push(JSON.parse(act as string).n),
    lost: () => heard.push("lost"),
    failed: (error) => heard.push(error),
  });
  return { log, heard, history, one };
}

describe("a history that processes share", () => {
  it("catches up with who has heard more elsewhere, rather than take him for lost", async () => {
    const { log, heard, history, one } = process();
    await settled();
    log.said = 8;
    expect(await history.missed(ADA, { epoch: "e", offset: 7, socket: "" })).toEqual({
      at: ["e", 8],
      texts: ['{"n":8,"rpc.at":["e",8]}'],
    });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (let offset = 1; offset <= 8; offset += 1) history.deliver(one(offset));
    expect(heard).toHaveLength(8);
  });

  it("catches up with an epoch that others know already", async () => {
    const { log, heard, history } = process();
    await settled();
    log.epoch = "next";
    log.said = 2;
    const back = await history.missed(ADA, { epoch: "next", offset: 1, socket: "" });
    expect(back).toEqual({ at: ["next", 2], texts: ['{"n":2,"rpc.at":["next",2]}'] });
    expect(heard).toEqual(["lost"]);
  });

  it.each([
    ["an offset that the log has not reached", { epoch: "e", offset: 9, socket: "" }],
    ["an epoch that there is none of", { epoch: "other", offset: 0, socket: "" }],
  ])("knows nothing of %s, and has asked once", async (_, then) => {
    const { log, history } = process();
    await settled();
    log.said = 3;
    expect(await history.missed(ADA, then)).toEqual({ at: ["e", 3], texts: undefined });
    expect(log.reads).toBe(2);
  });

  it("reads nothing more for whoever is still waiting when the last member has left: what is read is kept for longer", async () => {
    const { log, history } = process();
    await settled();
    log.said = 8;
    const back = history.missed(ADA, { epoch: "e", offset: 7, socket: "" });
    history.close();
    expect((await back).texts).toBe(undefined);
    expect(log.reads).toBe(2);
  });

  it("knows nothing where the log can't be read", async () => {
    const { log, history } = process();
    await settled();
    log.isAway = true;
    expect(await history.missed(ADA, { epoch: "e", offset: 5, socket: "" })).toEqual({
      at: ["e", 0],
      texts: undefined,
    });
  });
});
