import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RoomHistory } from "../../../src/core/history/history.ts";
import { MemoryHistory } from "../../../src/core/history/memory-history.ts";
import { type History, historyRules } from "../../../src/core/history/rules.ts";
import { type Sql, SqlHistory } from "../../../src/core/history/sql-history.ts";
import { HandClock } from "../../helpers/core/core.ts";

/** SQLite as a Durable Object has it: it answers at once. */
function sqlite(): Sql & { readonly database: DatabaseSync } {
  const database = new DatabaseSync(":memory:");
  return {
    database,
    exec: (query, ...bindings) =>
      database.prepare(query).all(...(bindings as SQLInputValue[])) as Record<string, unknown>[],
  };
}

interface Made {
  readonly clock: HandClock;
  readonly history: RoomHistory;
  /** The same after its memory has gone, where it outlives that. */
  again(): RoomHistory;
}

const KINDS: readonly (readonly [name: string, make: (rules: History) => Made])[] = [
  [
    "in memory",
    (rules) => {
      const clock = new HandClock();
      const history = new MemoryHistory(historyRules(rules), clock);
      return { clock, history, again: () => history };
    },
  ],
  [
    "in SQLite",
    (rules) => {
      const clock = new HandClock();
      const sql = sqlite();
      const again = () => new SqlHistory(historyRules(rules), clock, sql);
      return { clock, history: again(), again };
    },
  ],
];

const ALL = { topic: undefined, except: undefined };
const ANN = { id: "ann", topics: ["news"] };

const text = (n: number) => `{"jsonrpc":"2.0","method":"said","params":[${n}]}`;

describe.each(KINDS)("a history %s", (_, make) => {
  const then = (history: RoomHistory, offset: number, socket = "old") => ({ epoch: history.at[0], offset, socket });
  /** The numbers that were said in what is missed. */
  const missed = (history: RoomHistory, offset: number, by = ANN) =>
    history.missed(by, then(history, offset))?.map((one) => JSON.parse(one).params[0]);

  it("numbers what is said, and says where it is", () => {
    const { history } = make({});
    const [epoch, offset] = history.at;
    expect(offset).toBe(0);
    expect(JSON.parse(history.add(text(7), ALL))).toEqual({ ...JSON.parse(text(7)), "rpc.at": [epoch, 1] });
    history.add(text(8), ALL);
    expect(history.at).toEqual([epoch, 2]);
  });

  it("has what was missed, in order and as it was sent", () => {
    const { history, again } = make({});
    const sent = [1, 2, 3].map((n) => history.add(text(n), ALL));
    const later = again();
    expect(later.missed(ANN, then(later, 0))).toEqual(sent);
    expect(later.missed(ANN, then(later, 2))).toEqual(sent.slice(2));
    expect(later.missed(ANN, then(later, 3))).toEqual([]);
  });

  it("knows nothing of the future, of another epoch, of what it has forgotten", () => {
    const { history, again } = make({ messages: 2 });
    for (const n of [1, 2, 3]) history.add(text(n), ALL);
    for (const one of [history, again()]) {
      expect(missed(one, 4)).toBeUndefined();
      expect(missed(one, 0)).toBeUndefined();
      expect(missed(one, 1)).toEqual([2, 3]);
      expect(one.missed(ANN, { epoch: "another", offset: 3, socket: "old" })).toBeUndefined();
    }
  });

  it("forgets what is too old, but not that it was there", () => {
    const { history, clock, again } = make({ ms: 1000 });
    history.add(text(1), ALL);
    clock.advance(600);
    history.add(text(2), ALL);
    clock.advance(600);
    for (const one of [history, again()]) {
      expect(missed(one, 0)).toBeUndefined();
      expect(missed(one, 1)).toEqual([2]);
    }
    clock.advance(600);
    expect(missed(again(), 1)).toBeUndefined();
    expect(missed(again(), 2)).toEqual([]);
    history.add(text(3), ALL);
    expect(missed(again(), 2)).toEqual([3]);
  });

  it.each([-3_600_000, 3_600_000])("keeps nothing for longer when somebody sets the clock, by %d ms", (shift) => {
    const { history, clock, again } = make({ ms: 1000 });
    history.add(text(1), ALL);
    clock.shift = shift;
    for (const one of [history, again()]) expect(missed(one, 0)).toBeUndefined();
    history.add(text(2), ALL);
    clock.advance(1000);
    for (const one of [history, again()]) expect(missed(one, 1)).toEqual([2]);
    clock.shift = 0;
    history.add(text(3), ALL);
    for (const one of [history, again()]) {
      expect(missed(one, 1)).toBeUndefined();
      expect(missed(one, 2)).toEqual([3]);
    }
  });

  it("keeps to its size, whatever one of them takes", () => {
    const { history, again } = make({ size: 300 });
    const long = `{"jsonrpc":"2.0","method":"said","params":["${"x".repeat(300)}"]}`;
    history.add(text(1), ALL);
    history.add(long, ALL);
    expect(missed(history, 1)).toBeUndefined();
    expect(missed(again(), 2)).toEqual([]);
    for (const n of [3, 4, 5, 6, 7]) history.add(text(n), ALL);
    expect(missed(again(), 2)).toBeUndefined();
    expect(missed(again(), 4)).toEqual([5, 6, 7]);
    expect(history.at[1]).toBe(7);
  });

  it("keeps what just fits, in size and in time", () => {
    const { history, clock, again } = make({ ms: 1000, size: 200 });
    const empty = JSON.stringify({ jsonrpc: "2.0", method: "said", "rpc.at": [history.at[0], 1] }).length;
    history.add(`{"jsonrpc":"2.0","method":"said${"x".repeat(200 - empty)}"}`, ALL);
    clock.advance(1000);
    for (const one of [history, again()]) expect(one.missed(ANN, then(one, 0))?.[0]).toHaveLength(200);
    clock.advance(1);
    for (const one of [history, again()]) expect(one.missed(ANN, then(one, 0))).toBeUndefined();
  });

  it("has only what was for the one who asks", () => {
    const { history, again } = make({});
    history.add(text(1), { topic: "news", except: undefined });
    history.add(text(2), { topic: "sports", except: undefined });
    history.add(text(3), { topic: undefined, except: "old" });
    history.add(text(4), { topic: undefined, except: "ann" });
    history.add(text(5), { topic: "news", except: "somebody else" });
    expect(missed(again(), 0)).toEqual([1, 5]);
    expect(missed(again(), 0, { id: "bob", topics: [] })).toEqual([4]);
  });

  it("never gives what was not said after a place, and all of that or nothing", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ say: fc.nat(40) }),
        fc.record({ wait: fc.nat(60) }),
        fc.record({ wake: fc.constant(true) }),
        fc.record({ ask: fc.nat(30) }),
      ),
      { maxLength: 60 },
    );
    const rules = fc.record({ messages: fc.integer({ min: 1, max: 9 }), ms: fc.integer({ min: 1, max: 100 }) });
    fc.assert(
      fc.property(rules, steps, (given, list) => {
        const { clock, history, again } = make({ ...given, size: 1000 });
        let current = history;
        const said: { readonly text: string; readonly when: number }[] = [];
        for (const step of list) {
          if ("say" in step)
            said.push({ text: current.add(text(10 ** Math.min(step.say, 15)), ALL), when: clock.now() });
          else if ("wait" in step) clock.advance(step.wait);
          else if ("wake" in step) current = again();
          else {
            const after = said.slice(step.ask);
            const size = after.reduce((sum, one) => sum + one.text.length, 0);
            const isKnown =
              step.ask <= said.length &&
              after.length <= given.messages &&
              size <= 1000 &&
              after.every(({ when }) => when >= clock.now() - given.ms);
            expect(current.missed(ANN, then(current, step.ask))).toEqual(
              isKnown ? after.map((one) => one.text) : undefined,
            );
          }
        }
      }),
      { numRuns: 300, seed: 6455 },
    );
  });
});

describe("a history in SQLite", () => {
  it("goes on where it was after its memory has gone, and takes no more rows than it may have messages", () => {
    const sql = sqlite();
    const clock = new HandClock();
    for (let n = 0; n < 50; n++) new SqlHistory(historyRules({ messages: 4 }), clock, sql).add(text(n), ALL);
    const history = new SqlHistory(historyRules({ messages: 4 }), clock, sql);
    expect(history.at[1]).toBe(50);
    expect([...sql.exec("SELECT count(*) AS rows FROM onesocket_history")]).toEqual([{ rows: 5 }]);
  });

  it("knows nothing of what was before when its length has changed and it can't tell", () => {
    const sql = sqlite();
    const clock = new HandClock();
    const before = new SqlHistory(historyRules({ messages: 5 }), clock, sql);
    for (let n = 1; n <= 12; n++) before.add(text(n), ALL);
    const after = new SqlHistory(historyRules({ messages: 3 }), clock, sql);
    for (let n = 13; n <= 14; n++) after.add(text(n), ALL);
    const at = (offset: number) => after.missed(ANN, { epoch: after.at[0], offset, socket: "" })?.length;
    expect([14, 13, 12].map(at)).toEqual([0, 1, 2]);
    for (let offset = 0; offset < 12; offset++) expect([undefined, 14 - offset]).toContain(at(offset));
  });

  it("is not read where it is more than may be told: all of it would not fit into an object's memory", () => {
    const sql = sqlite();
    let read = 0;
    const counted: Sql = {
      exec: (...asked) =>
        [...sql.exec(...asked)].map((row) => {
          read += JSON.stringify(row).length;
          return row;
        }),
    };
    const history = new SqlHistory(historyRules({ size: 10_000 }), new HandClock(), counted);
    const then = (offset: number) => ({ epoch: history.at[0], offset, socket: "" });
    for (let n = 0; n < 200; n++) history.add(`{"method":"said","params":["${"x".repeat(9000)}"]}`, ALL);
    expect(history.missed(ANN, then(0))).toBeUndefined();
    expect(read).toBeLessThan(10_000);
    expect(history.missed(ANN, then(199))).toHaveLength(1);
  });

  it("begins anew, in another epoch, when the storage was emptied under it", () => {
    const sql = sqlite();
    const history = new SqlHistory(historyRules({}), new HandClock(), sql);
    history.add(text(1), ALL);
    const [epoch] = history.at;
    sql.database.exec("DROP TABLE onesocket_history");
    expect(JSON.parse(history.add(text(2), ALL))["rpc.at"]).toEqual([expect.not.stringMatching(epoch), 1]);
  });
});

describe("what a history may take", () => {
  it.each([
    { messages: 0 },
    { messages: 10_001 },
    { ms: 1.5 },
    { ms: 2 ** 31 },
    { size: 0 },
    { size: 2 ** 20 + 1 },
    { ms: "1" },
  ])("is not %o", (given) => {
    expect(() => historyRules(given as History)).toThrow(RangeError);
  });

  it("may be as much as there is", () => {
    const most = { messages: 10_000, ms: 2 ** 31 - 1, size: 2 ** 20 };
    expect(historyRules(most)).toEqual(most);
  });

  it("is 256 messages of two minutes by default", () => {
    expect(historyRules({ ms: undefined })).toEqual({ messages: 256, ms: 120_000, size: 1_048_576 });
  });
});
