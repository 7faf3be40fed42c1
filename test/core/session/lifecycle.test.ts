import { describe, expect, it } from "vitest";
import { LiveRoom } from "../../../src/core/rooms/room.ts";
import {
  closeFor,
  LOST,
  READY_STATE_OF,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  TRANSITIONS,
} from "../../../src/core/session/lifecycle.ts";
import { gate, RecordingTransport, session, settled } from "../../helpers/core/core.ts";

/** Where each event leads, as one reads it; "–" for no effect. */
const NEXT = `
               OPEN     CLOSING  CLOSED   ENDED
  CLOSE        CLOSING  CLOSING  CLOSED   –
  DISMISS      CLOSING  –        –        –
  FAIL         CLOSING  CLOSING  CLOSED   –
  SHED         CLOSING  CLOSING  CLOSED   –
  TERMINATE    CLOSING  CLOSING  CLOSED   –
  TIMED_OUT    –        CLOSED   CLOSED   –
  LOST         CLOSED   CLOSED   –        –
  GONE         CLOSED   CLOSED   –        –
  HOOK_PENDING –        –        CLOSED   –
  HOOKS_ENDED       –        –        ENDED    –`;

const [STATES, ...ROWS] = NEXT.trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/)) as [SessionState[], ...[SessionEvent, ...(SessionState | "–")[]][]];

const CELLS = ROWS.flatMap(([event, ...next]) =>
  STATES.map((state, column) => ({ state, event, next: next[column] === "–" ? undefined : next[column]! })),
);

const CLOSE = { CLOSE: closeFor("INTERNAL"), FAIL: closeFor("RATE_LIMITED"), SHED: closeFor("SLOW_CONSUMER") };
const GONE = { LOST: { ...LOST, failure: "PING_TIMEOUT" }, GONE: { ...LOST, failure: "FRAME_UNMASKED" } };
/** What the events come with that come with something. */
const WITH: Partial<Record<SessionEvent, typeof LOST>> = { ...CLOSE, ...GONE } as never;

const CLOSE_MS = 100;

/** A session in which all that an action can do shows: a hook runs, messages wait, and reading has stopped. */
function busy() {
  const [work, leaving] = [gate(), gate()];
  const seen: SessionAction[] = [];
  const transport = Object.assign(new RecordingTransport(), { drop: () => void seen.push("dropUnsent") });
  const room = new LiveRoom("r", { emptied: () => void seen.push("detach") });
  const made = session(
    {
      limits: { closeMs: CLOSE_MS, queuedMessages: 3 },
      message: () => work.promise,
      close: () => leaving.promise,
    },
    { room, transport },
  );
  const { session: subject, clock } = made;
  for (const data of ["runs", "waits", "waits"]) subject.receiveMessage(data);
  note(subject.hooks, "close", () => seen.push("runClose"));
  note(subject.hooks, "giveUp", () => seen.push("giveUp"));
  note(room, "leave", () => room.size > 0 && seen.push("leaveRoom"));
  note(clock, "after", (ms) => ms === CLOSE_MS && seen.push("startTimer"));
  transport.close = () => void seen.push("sendClose");
  transport.terminate = () => void seen.push("cut");
  transport.resume = () => void seen.push("readOn");
  subject.signal.addEventListener("abort", () => seen.push("release"));
  const told = () => made.events.splice(0).map(({ type }) => (type === "dropped" ? "dropWaiting" : "tellFailure"));
  const take = () => [...seen.splice(0), ...told()];
  return { subject, take, work, leaving };
}

/** Calls `before` each time before a method is called. */
function note<Name extends string>(
  of: Record<Name, (...args: never[]) => unknown>,
  name: Name,
  before: (ms: unknown) => void,
) {
  const method = of[name].bind(of);
  of[name] = (...args: never[]) => {
    before(args[0]);
    return method(...args);
  };
}

/** Brings it into a state, the way a socket gets there. */
const INTO: Record<SessionState, (made: ReturnType<typeof busy>) => unknown> = {
  OPEN: () => {},
  CLOSING: ({ subject }) => subject.dismiss(1012, ""),
  CLOSED: ({ subject }) => subject.closed(1000, "", true),
  ENDED: async ({ subject, work, leaving }) => {
    subject.closed(1000, "", true);
    work.open();
    leaving.open();
    await settled();
  },
};

describe("the lifecycle of a session", () => {
  it("knows no state and no event beside these", () => {
    expect(Object.keys(TRANSITIONS)).toEqual(STATES);
    const events = Object.values(TRANSITIONS).flatMap((row) => Object.keys(row));
    expect(new Set(events)).toEqual(new Set(ROWS.map(([event]) => event)));
  });

  it.each(CELLS)(
    "leads from $state by $event to $next, and does there what its table says",
    async ({ state, event, next }) => {
      const [to, actions = []] = TRANSITIONS[state][event] ?? [];
      expect(to).toBe(next);
      const made = busy();
      await INTO[state](made);
      made.take();
      made.subject.move(event, WITH[event]);
      // The hook that still has to run is given its time as well.
      const hooks = actions.some((action) => action === "runClose" || action === "giveUp");
      expect(made.take().sort()).toEqual([...actions, ...(hooks ? ["startTimer"] : [])].sort());
      expect(made.subject.readyState).toBe(READY_STATE_OF[next ?? state]);
    },
  );

  it("never goes back", () => {
    for (const { state, next = state } of CELLS)
      expect(STATES.indexOf(next)).toBeGreaterThanOrEqual(STATES.indexOf(state));
  });

  it("leaves the room on the way out of OPEN, and at no other time", () => {
    for (const [{ state, next = state }, done] of all()) {
      expect(done.includes("leaveRoom")).toBe(state === "OPEN" && next !== "OPEN");
    }
  });

  it("gives back what the connection needs and asks for the close hook on the way into CLOSED, and at no other time", () => {
    for (const [{ state, next = state }, done] of all()) {
      const enters = next === "CLOSED" && state !== "CLOSED";
      expect([done.includes("release"), done.includes("runClose")]).toEqual([enters, enters]);
    }
  });

  it("parts on the way into ENDED, and at no other time", () => {
    for (const [{ next }, done] of all()) expect(done.includes("detach")).toBe(next === "ENDED");
  });

  it("lets no closing handshake and no hook go on for ever: whoever waits has a timer, and that does something", () => {
    for (const [, done] of all()) {
      if (done.includes("sendClose")) expect(done.indexOf("startTimer")).toBeLessThan(done.indexOf("sendClose"));
    }
    expect(TRANSITIONS.CLOSING.TIMED_OUT?.[0]).toBe("CLOSED");
    expect(TRANSITIONS.CLOSED.HOOK_PENDING?.[1]).toEqual(["startTimer"]);
    expect(TRANSITIONS.CLOSED.TIMED_OUT?.[1]).toContain("giveUp");
  });
});

function all() {
  return CELLS.map((cell) => [cell, TRANSITIONS[cell.state][cell.event]?.[1] ?? []] as const);
}
