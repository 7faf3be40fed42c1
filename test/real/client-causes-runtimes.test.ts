import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Patient, patient } from "../cli/doctor/lab.ts";
import { SICK } from "../cli/doctor/sicknesses.ts";
import { UNREACHED } from "../cli/doctor/unreached.ts";
import type { Cause } from "../client/programs/causes.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { COMMANDS, type ProcessRuntime } from "../helpers/runtimes.ts";

const PROGRAMS = join(import.meta.dirname, "../client/programs");

/** What a client says on each runtime. */
type OnEach = Readonly<Record<ProcessRuntime | "workers", string>>;
type Told = string | OnEach;

/** What differs on Node: it does not learn the status of a handshake, the others do. */
function refused(node: string, others: string): OnEach {
  return { node, bun: others, deno: others, workers: others };
}

/**
 * The lab answers each request alike, plain ones too: a 101 to a plain request is no HTTP to Node and Bun. Deno does not look at what the
 * 101 says of extensions and of Accept. workerd says 502 of each 101 that it does not take, so that a 502 tells nothing there.
 */
const SPOILT_101: OnEach = {
  node: "HTTP_FAILS_TOO",
  bun: "HTTP_FAILS_TOO",
  deno: "opens",
  workers: "NOT_TOLD",
};

/** Deno fails the handshake of these, and workerd does not look. */
const SPOILT_CONNECTION: OnEach = { ...SPOILT_101, deno: "NOT_TOLD", workers: "opens" };

/** Deno and workerd take any subprotocol, and none. */
const SPOILT_SUBPROTOCOL: OnEach = { ...SPOILT_101, workers: "opens" };

/** workerd takes control frames of any length, and text that is no UTF-8. */
const OVERLOOKED_BY_WORKERD: OnEach = {
  ...refused("ENDED_WITHOUT_CLOSE", "ENDED_WITHOUT_CLOSE"),
  workers: "opens",
};

/** What the lab's server does after its Close: nothing. Node waits for it to end the connection, as long as that may take. */
function closed(code: number): OnEach {
  return refused("opens", `CLOSED_BY_SERVER ${code}`);
}

const STATUS = refused("NOT_TOLD", "STATUS_NOT_101");

/** By how the server behaves where that makes a difference, else by the doctor's code. `opens`: the runtime takes it as it is. */
const TOLD: Readonly<Record<string, Told>> = {
  CLOSED_BEFORE_RESPONSE: "HTTP_FAILS_TOO",
  RESPONSE_TIMEOUT: "NOT_TOLD",
  NOT_HTTP: "HTTP_FAILS_TOO",
  "ends its lines with LF": refused("HTTP_FAILS_TOO", "opens"),
  STATUS_NOT_101: STATUS,
  "answers 500": refused("NOT_TOLD, likely STATUS_NOT_101", "STATUS_NOT_101"),
  "answers 502 as a gateway": {
    ...refused("NOT_TOLD, likely STATUS_NOT_101", "STATUS_NOT_101"),
    workers: "NOT_TOLD, likely STATUS_NOT_101",
  },
  HTML_FALLBACK: refused("NOT_TOLD, likely HTML_FALLBACK", "HTML_FALLBACK"),
  "answers with a page and no type": STATUS,
  REDIRECTED: refused("NOT_TOLD, likely REDIRECTED", "REDIRECTED"),
  AUTH_REQUIRED: refused("NOT_TOLD, likely AUTH_REQUIRED", "AUTH_REQUIRED"),
  FORBIDDEN: refused("NOT_TOLD, likely FORBIDDEN", "FORBIDDEN"),
  NO_ROUTE: refused("NOT_TOLD, likely NO_ROUTE", "NO_ROUTE"),
  UPGRADE_STRIPPED: STATUS,
  "names itself behind a page": "UPGRADE_STRIPPED",
  CONNECTION_NO_UPGRADE: STATUS,
  VERSION_UNSUPPORTED: STATUS,
  SUBPROTOCOL_NO_MATCH: STATUS,
  ORIGIN_REJECTED: "ORIGIN_REJECTED",
  // None of them sends one.
  "wants an Origin": refused("NOT_TOLD, likely FORBIDDEN", "FORBIDDEN"),
  "does not want this Origin": "opens",
  ACCEPT_MISSING: SPOILT_101,
  ACCEPT_MISMATCH: SPOILT_101,
  RESPONSE_UPGRADE_BAD: { ...SPOILT_101, deno: "NOT_TOLD" },
  RESPONSE_CONNECTION_BAD: SPOILT_CONNECTION,
  SUBPROTOCOL_UNREQUESTED: SPOILT_SUBPROTOCOL,
  SUBPROTOCOL_UNANSWERED: SPOILT_SUBPROTOCOL,
  SUBPROTOCOL_MISMATCH: SPOILT_SUBPROTOCOL,
  EXTENSION_UNREQUESTED: SPOILT_101,
  "compresses unasked": "opens",
  EXTENSION_PARAMS_BAD: { ...SPOILT_101, node: "opens" },
  // Deno offers no compression.
  EXTENSION_MALFORMED: { node: "HTTP_FAILS_TOO", bun: "STATUS_NOT_101", deno: "opens", workers: "STATUS_NOT_101" },
  // Node alone offers it in a list, since fetch has a say in it.
  CONNECTION_LIST_REFUSED: refused("NOT_TOLD", "opens"),
  SWITCH_THEN_FIN: "ENDED_WITHOUT_CLOSE",
  HTTP_AFTER_101: "ENDED_WITHOUT_CLOSE",
  FRAME_MASKED: { ...OVERLOOKED_BY_WORKERD, deno: "opens" },
  RSV_UNEXPECTED: "ENDED_WITHOUT_CLOSE",
  OPCODE_INVALID: "ENDED_WITHOUT_CLOSE",
  CONTROL_TOO_LONG: OVERLOOKED_BY_WORKERD,
  CONTROL_FRAGMENTED: "ENDED_WITHOUT_CLOSE",
  CONTINUATION_UNEXPECTED: "ENDED_WITHOUT_CLOSE",
  // None of them looks.
  LENGTH_NOT_MINIMAL: "opens",
  INVALID_UTF8: OVERLOOKED_BY_WORKERD,
  CLOSE_CODE_INVALID: { ...OVERLOOKED_BY_WORKERD, workers: "CLOSED_BY_SERVER 1005" },
  // It is the client here that closes.
  CLOSE_PAYLOAD_SHORT: "opens",
  POLICY: closed(1008),
  CLOSED_BY_SERVER: closed(1011),
  "closes with 4403": closed(4403),
  INTERNAL: closed(1011),
  GOING_AWAY: closed(1001),
  SLOW_CONSUMER: closed(1013),
  IDLE_CUT: "ENDED_WITHOUT_CLOSE",
};

describe("of what the doctor names, the client says what is right, or that it is not told", () => {
  let patients: Patient[];
  let asked: Cause[];
  let expected: (readonly [cause: string, told: Told])[];

  // For each runtime, since some treat their first client in another way.
  beforeEach(async () => {
    patients = [];
    asked = [];
    expected = [];
    for (const [code, what, habit, option, value = ""] of SICK) {
      const server = await patient(habit);
      patients.push(server);
      asked.push({ url: `ws://${server.host}/`, protocols: option === "--protocol" ? value.split(",") : [] });
      expected.push([`${code}, ${what}`, (TOLD[what] ?? TOLD[code])!]);
    }
    for (const { cause, scheme, start } of UNREACHED) {
      const server = await start();
      patients.push(server);
      asked.push({ url: `${scheme}://${server.host}/`, protocols: [] });
      expected.push([`${cause}, ${scheme}`, "HTTP_FAILS_TOO"]);
    }
  });

  afterEach(async () => {
    for (const server of patients) await server.stop();
  });

  function expectAsOn(runtime: ProcessRuntime | "workers", told: readonly string[]): void {
    expect(expected.map(([cause], i) => `${cause}: ${told[i]}`)).toEqual(
      expected.map(([cause, on]) => `${cause}: ${typeof on === "string" ? on : on[runtime]}`),
    );
  }

  it.each(["node", "bun", "deno"] as const)(
    "on %s",
    async (runtime) => {
      const [command, ...flags] = COMMANDS[runtime]();
      const program = join(PROGRAMS, "program.ts");
      const { stdout } = await promisify(execFile)(command, [...flags, program, JSON.stringify(asked)]);
      expectAsOn(runtime, JSON.parse(stdout));
    },
    90_000,
  );

  it("in a Worker", async () => {
    const worker = await startWorker(join(PROGRAMS, "worker.ts"));
    const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(asked) });
    expectAsOn("workers", (await response.json()) as string[]);
    await worker.dispose();
  }, 90_000);
});
