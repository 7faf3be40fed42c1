import { afterEach, expect, it, vi } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { type FailureCode, failure } from "../../../src/core/contract/failures.ts";
import { type BrokerEvent, type SocketEvent, tell } from "../../../src/core/contract/observer.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../../../src/core/protocol/protocol-failures.ts";
import { brokerLineOf } from "../../../src/core/rooms/cluster/broker-lines.ts";

afterEach(() => vi.restoreAllMocks());

/** What the console shows of these events. */
async function shown(events: readonly SocketEvent[]): Promise<readonly string[]> {
  vi.resetModules();
  const { consoleObserver } = await import("../../../src/adapters/shared/console.ts");
  const { bringBrokerLines } = await import("../../../src/core/contract/broker-line.ts");
  bringBrokerLines(brokerLineOf);
  const { addFailures } = await import("../../../src/core/contract/failures.ts");
  addFailures(FAILURES);
  const lines: string[] = [];
  const show = (...words: unknown[]) => void lines.push(words.join(" "));
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(show);
  for (const event of events) tell(consoleObserver, event);
  return lines;
}

const SILENT: readonly FailureCode[] = ["CLIENT_GONE", "DRAINING", "HANDLER_ERROR"];
const CODES = (Object.keys(FAILURES) as FailureCode[]).filter((code) => !SILENT.includes(code));

it.each(CODES)("says of a refusal by %s what it is, for whom, and what to change", async (code) => {
  const [status, cause, fix] = FAILURES[code];
  const handshake = { remoteAddress: "203.0.113.9", route: "/chat/:room", offered: [], extensions: [], ms: 1 };
  const refused = (definition: string, detail?: string): SocketEvent => ({
    type: "refused",
    definition,
    failure: failure(code, detail),
    status,
    handshake,
  });
  // Whoever asks is not the one to change what the program got wrong.
  const whom = status === 500 ? "" : " (from 203.0.113.9 at /chat/:room)";
  expect(await shown([refused("chat")])).toEqual([`onesocket: chat: ${code}: ${cause} ${fix}${whom}`]);
  expect(await shown([refused("")])).toEqual([`onesocket: ${code}: ${cause} ${fix}${whom}`]);
  const [line] = await shown([refused("chat", "because of this")]);
  expect(line).toMatch(new RegExp(`^onesocket: chat: ${code}: because of this`));
});

it.each(SILENT)("says nothing of %s, which is told elsewhere or is nobody's fault", async (code) => {
  expect(await shown([{ type: "refused", definition: "chat", failure: failure(code), status: 500 }])).toEqual([]);
});

it("leaves an address out that could be anything", async () => {
  const handshake = { remoteAddress: "1.2.3.4\u001b[2J", offered: [], extensions: [], ms: 1 };
  const lines = await shown([
    { type: "refused", definition: "chat", failure: failure("KEY_MISSING"), status: 400, handshake },
  ]);
  expect(lines[0]).toMatch(/base64, once\.$/);
});

it("says of what clients can do often the first, the tenth, the hundredth, for each definition", async () => {
  const refused = (definition: string): SocketEvent => ({
    type: "refused",
    definition,
    failure: failure("KEY_INVALID"),
    status: 400,
  });
  const lines = await shown([...Array(100).fill(refused("chat")), refused("game")]);
  expect(lines.map((line) => /^onesocket: (\w+): .*?(?:so far (\d+).*)?$/.exec(line)?.slice(1))).toEqual([
    ["chat", undefined],
    ["chat", "10"],
    ["chat", "100"],
    ["game", undefined],
  ]);
});

it("says of the program's own mistakes each", async () => {
  const mistake: SocketEvent = { type: "refused", definition: "chat", failure: failure("NO_HOST", "why"), status: 500 };
  expect(await shown(Array(12).fill(mistake))).toHaveLength(12);
});

it.each(Object.entries(FAILURE_CLOSE))("says of a socket that fails by %s where to read on", async (code, close) => {
  const failed: SocketEvent = { type: "failed", definition: "chat", code: code as ProtocolFailureCode, socket: "1" };
  const [line = ""] = await shown([failed]);
  expect(line.startsWith(`onesocket: chat: ${code}: a socket failed with ${close}: `)).toBe(true);
  expect(line.endsWith(`npx onesocket explain ${code}`)).toBe(true);
});

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
  const lines = await shown(events.map((event) => ({ ...ofBroker(event), definition: "room" in event ? "chat" : "" })));
  expect(lines).toEqual([
    "onesocket: the broker is connected",
    "onesocket: the broker is lost, rooms reach this process only: Error: why",
    "onesocket: the broker dropped 3 messages",
    'onesocket: chat: the room "lobby" missed 4 messages',
  ]);
});

it("says nothing of a broker where a room's objects have none", async () => {
  const events: BrokerEvent[] = [
    { state: "lost", error: new Error("why") },
    { state: "dropped", messages: 3, bytes: 9 },
    { state: "missed", room: "lobby", messages: 4 },
    { state: "connected" },
  ];
  const lines = await shown(events.map((event) => ({ ...ofBroker(event), definition: "stage" })));
  expect(lines).toEqual([
    "onesocket: stage: the way between the room's objects is lost, rooms reach this object only: Error: why",
    "onesocket: stage: the way between the room's objects dropped 3 messages",
    'onesocket: stage: the room "lobby" missed 4 messages',
    "onesocket: stage: the way between the room's objects is connected",
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

it("says which hook has not ended, of which definition, and how many messages wait", async () => {
  const pending = (messages: number): SocketEvent => ({
    type: "pending",
    definition: "chat",
    socket: "s",
    hook: "message",
    messages,
  });
  expect(await shown([pending(1), pending(12)])).toEqual([
    "onesocket: chat: the hook message has not ended for a second, and a message waits behind it: does its promise ever settle?",
    "onesocket: chat: the hook message has not ended for a second, and 12 messages wait behind it: does its promise ever settle?",
  ]);
});
