import { FAILURES, type Failure } from "../../core/contract/failures.ts";
import { type BrokerEvent, type Observer, type SocketEvent, tell } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import type { ExecutionContext } from "../../core/upgrade/serve.ts";

/** The timers and randomness of the globals, which all runtimes share. */
export const platform: Platform = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  // It is in lower case anyway. But Node 24 (2026-11) joins 20 strings, and keeps them all as long as nothing reads the result: 450 bytes.
  randomId: () => crypto.randomUUID().toLowerCase(),
};

/** The observer of a host that was given none: what an operator should not miss, on the console. */
export const consoleObserver: Observer = Object.assign(print, { brief: true });

function print(event: SocketEvent): void {
  if (event.type === "error") {
    console.error(`onesocket: ${event.definition}: a hook failed:`, event.error);
  } else if ((event.type === "warning" || event.type === "refused") && event.failure && isOurs(event.failure)) {
    console.warn(`onesocket: ${event.definition}: ${event.failure.code}: ${event.failure.detail ?? ""}`);
  } else if (event.type === "broker") {
    printBroker(event);
  }
}

function printBroker(event: BrokerEvent): void {
  if (event.state === "connected") console.info("onesocket: the broker is connected");
  else if (event.state === "lost")
    console.warn("onesocket: the broker is lost, rooms reach this process only:", event.error);
  else if (event.state === "unreadable") printUnreadable(event.room, event.error);
  else console.warn(`onesocket: the broker ${event.state} ${event.messages} messages`);
}

let unreadable = 0;

/** The first, the tenth, the hundredth: whoever publishes what nobody can read may do so often. */
function printUnreadable(room: string, error: unknown): void {
  unreadable += 1;
  if (!/^10*$/.test(`${unreadable}`)) return;
  const where = room === "" ? "to this process" : `to the room ${JSON.stringify(room)}`;
  console.warn(
    `onesocket: the broker brought ${where} what no process of this version wrote (so far ${unreadable}):`,
    error,
  );
}

/** What the program or its proxy, rather than the client, may have to change. A hook's error has been told already. */
function isOurs({ code }: Failure): boolean {
  return /^(ORIGIN_REJECTED|HTTP_1_0)$/.test(code) || (FAILURES[code][0] === 500 && code !== "HANDLER_ERROR");
}

/** An execution context for runtimes that have none: work goes on by itself, and its failure is told. */
export function executionContext(observe: Observer): ExecutionContext {
  return {
    waitUntil: (promise) => void promise.catch((error) => tell(observe, { type: "error", error, definition: "" })),
    passThroughOnException() {},
    props: {},
  };
}
