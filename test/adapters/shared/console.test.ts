import { afterEach, expect, it, vi } from "vitest";
import type { BrokerEvent, SocketEvent } from "../../../src/core/contract/observer.ts";

afterEach(() => vi.restoreAllMocks());

/** What the console shows of these events. */
async function shown(events: readonly SocketEvent[]): Promise<readonly string[]> {
  vi.resetModules();
  const { consoleObserver } = await import("../../../src/adapters/shared/console.ts");
  const lines: string[] = [];
  const show = (...words: unknown[]) => void lines.push(words.join(" "));
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(show);
  for (const event of events) consoleObserver(event);
  return lines;
}

function ofBroker(event: BrokerEvent): SocketEvent {
  return { type: "broker", definition: "", ...event };
}

it("says why the broker is lost, and how much was dropped or missed", async () => {
  const events: BrokerEvent[] = [
    { state: "connected" },
    { state: "lost", error: new Error("why") },
    { state: "dropped", messages: 3, bytes: 9 },
    { state: "missed", room: "lobby", messages: 4 },
  ];
  const lines = await shown(events.map(ofBroker));
  expect(lines).toEqual([
    "onesocket: the broker is connected",
    "onesocket: the broker is lost, rooms reach this process only: Error: why",
    "onesocket: the broker dropped 3 messages",
    "onesocket: the broker missed 4 messages",
  ]);
});

it("is not flooded by what nobody can read: it shows the first, the tenth, the hundredth", async () => {
  const unreadable = { state: "unreadable", room: "lobby", error: new Error("why") } as const;
  const lines = await shown([...Array(150).fill(ofBroker(unreadable)), ofBroker({ ...unreadable, room: "" })]);
  expect(lines.map((line) => /so far (\d+)/.exec(line)?.[1])).toEqual(["1", "10", "100"]);
  expect(lines[0]).toMatch(/room "lobby".*Error: why/);
});

it("has no empty parts: what concerns no definition names none, and what has no detail says cause and fix", async () => {
  const why = new Error("why");
  const lines = await shown([
    { type: "error", definition: "chat", error: why },
    { type: "error", definition: "", error: why },
    { type: "refused", definition: "chat", failure: { code: "NO_HOST", detail: "so" }, status: 500 },
    { type: "refused", definition: "", failure: { code: "PROXY_PROTOCOL", detail: "so" }, status: 400 },
    { type: "refused", definition: "", failure: { code: "NO_HOST" }, status: 500 },
    { type: "warning", definition: "chat", failure: { code: "HTTP_1_0" } },
  ]);
  expect(lines).toEqual([
    "onesocket: chat: a hook failed: Error: why",
    "onesocket: the app failed: Error: why",
    "onesocket: chat: NO_HOST: so",
    "onesocket: PROXY_PROTOCOL: so",
    expect.stringMatching(/^onesocket: NO_HOST: The app has [^:]+\. Serve it /),
    expect.stringMatching(
      /^onesocket: chat: HTTP_1_0: The request came over HTTP\/1\.0[^:]+\. Make the proxy use HTTP\/1\.1/,
    ),
  ]);
});
