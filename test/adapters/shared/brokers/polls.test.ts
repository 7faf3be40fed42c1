import { describe, expect, it } from "vitest";
import { Polls } from "../../../../src/adapters/shared/brokers/polls.ts";

const WORDS = { engine: "Redis", processes: "processes" };

/** A poll whose engine says by hand who was asked. */
function polling<Id>(timeoutMs: number) {
  const polls = new Polls<Id>(timeoutMs, WORDS);
  const { promise, resolve } = Promise.withResolvers<ReadonlySet<Id> | number>();
  let poll = 0;
  const sum = polls.poll((id) => {
    poll = id;
    return promise;
  });
  return { sum, asked: resolve, polls, answer: (from: Id, size: number) => polls.answered(poll, from, size) };
}

describe("a poll of which the engine tells how many were asked", () => {
  it("adds up as many answers, those too that came before it was told", async () => {
    const { sum, asked, answer } = polling<symbol>(10_000);
    answer(Symbol(), 2);
    answer(Symbol(), 2);
    asked(3);
    answer(Symbol(), 3);
    expect(await sum).toBe(7);
  });

  it("is over when nobody was asked", async () => {
    const { sum, asked } = polling<symbol>(10_000);
    asked(0);
    expect(await sum).toBe(0);
  });

  it("rejects with how many were silent", async () => {
    const { sum, asked, answer } = polling<symbol>(1);
    asked(3);
    answer(Symbol(), 2);
    await expect(sum).rejects.toThrow("2 of 3 processes did not answer within 1 ms");
  });
});

describe("a poll of which the engine tells who was asked", () => {
  it("counts the last answer of each of them once, and nobody else's", async () => {
    const { sum, asked, answer } = polling<string>(10_000);
    answer("a", 1);
    answer("a", 2);
    answer("stranger", 100);
    asked(new Set(["a", "b"]));
    answer("b", 3);
    expect(await sum).toBe(5);
  });

  it("does not wait for one that is gone", async () => {
    const { sum, asked, answer, polls } = polling<string>(10_000);
    asked(new Set(["a", "b"]));
    answer("a", 1);
    polls.gone("b");
    expect(await sum).toBe(1);
  });

  it("rejects in the engine's name when that has not told", async () => {
    await expect(polling<string>(1).sum).rejects.toThrow("Redis did not answer within 1 ms");
  });
});
