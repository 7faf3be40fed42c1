import { afterEach, expect, it, vi } from "vitest";
import type { BrokerEvent } from "../../../src/core/contract/observer.ts";

afterEach(() => vi.restoreAllMocks());

/** What the console shows of these events. */
async function shown(events: readonly BrokerEvent[]): Promise<readonly string[]> {
  vi.resetModules();
  const { consoleObserver } = await import("../../../src/adapters/shared/console.ts");
  const lines: string[] = [];
  const show = (...words: unknown[]) => void lines.push(words.join(" "));
  for (const level of ["info", "warn"] as const) vi.spyOn(console, level).mockImplementation(show);
  for (const event of events) consoleObserver({ type: "broker", definition: "", ...event });
  return lines;
}

it("says why the broker is lost, and how much was dropped or missed", async () => {
  const lines = await shown([
    { state: "connected" },
    { state: "lost", error: new Error("why") },
    { state: "dropped", messages: 3, bytes: 9 },
    { state: "missed", room: "lobby", messages: 4 },
  ]);
  expect(lines).toEqual([
    "onesocket: the broker is connected",
    "onesocket: the broker is lost, rooms reach this process only: Error: why",
    "onesocket: the broker dropped 3 messages",
    "onesocket: the broker missed 4 messages",
  ]);
});

it("is not flooded by what nobody can read: it shows the first, the tenth, the hundredth", async () => {
  const unreadable = { state: "unreadable", room: "lobby", error: new Error("why") } as const;
  const lines = await shown([...Array(150).fill(unreadable), { ...unreadable, room: "" }]);
  expect(lines.map((line) => /so far (\d+)/.exec(line)?.[1])).toEqual(["1", "10", "100"]);
  expect(lines[0]).toMatch(/room "lobby".*Error: why/);
});
