import { parseArgs } from "node:util";
import { isToken } from "../../core/protocol/headers.ts";
import { Complaint, reason } from "../complaint.ts";
import { type Target, targetOf } from "./target.ts";

/** What `onesocket doctor` was asked to do. */
export interface DoctorOptions {
  readonly target: Target;
  /** The way through a proxy, to be compared with the direct one. */
  readonly via?: Target | undefined;
  /** The forward proxy that every connection is made through (CONNECT). */
  readonly proxy?: Target | undefined;
  /** Offered, in this order; none by default. */
  readonly protocols: readonly string[];
  /** More headers for each handshake. Their values are secret. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Goes on though the certificate can't be trusted. */
  readonly insecure: boolean;
  /** For each step: to connect, to secure, to be answered. */
  readonly timeoutMs: number;
  /** How long a connection is kept silent; 0 for not at all. */
  readonly idleMs: number;
  /** No experiments after a healthy answer. */
  readonly quick: boolean;
  /** Pages of several origins are tried though it is to be quick. Default false. */
  readonly pages?: boolean;
}

/** How the report is printed. */
export interface DoctorCommand {
  readonly options: DoctorOptions;
  readonly json: boolean;
}

export const DOCTOR_USAGE = `Usage: onesocket doctor <url> [options]

Finds out why a WebSocket does not open, or dies young, on any server: the verdict
with its fix first, then each phase, the experiments and the evidence. It makes at
most 20 connections, one after the other. A server that does not echo is healthy.

Exit codes: 0 healthy (warnings too), 1 a failure was found, 2 wrong usage.

Options:
  --protocol <a,b>    subprotocols to offer
  --origin <origin>   connect as a page of this origin would
  --header <n: v>     a header for the handshake, any number of times
  --cookie <a=b; …>   cookies for the handshake; values are never printed
  --idle <time>       keep a connection silent for that long, such as 65s
  --via <url>         compare with the way through a proxy
  --proxy <url>       go through a forward proxy (CONNECT): http://user:password@host:3128
  --timeout <time>    for each step; default 10s
  --insecure          go on though the certificate can't be trusted
  --quick             no experiments when all is well (also: --no-experiments)
  --json              the whole report as JSON on stdout
  --help
`;

const OPTIONS = {
  protocol: { type: "string", multiple: true, default: [] as string[] },
  origin: { type: "string" },
  header: { type: "string", multiple: true, default: [] as string[] },
  cookie: { type: "string" },
  idle: { type: "string", default: "0" },
  via: { type: "string" },
  proxy: { type: "string" },
  timeout: { type: "string", default: "10s" },
  insecure: { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  "no-experiments": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the arguments; undefined when they ask for help. Throws a Complaint for those that make no sense. */
export function doctorOptions(args: readonly string[]): DoctorCommand | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) throw misused("doctor takes one URL");
  const options: DoctorOptions = {
    target: targetOf(url),
    via: values.via === undefined ? undefined : targetOf(values.via),
    proxy: values.proxy === undefined ? undefined : forwardProxy(values.proxy),
    protocols: protocols(values.protocol),
    headers: headers(values),
    insecure: values.insecure,
    timeoutMs: milliseconds("timeout", values.timeout),
    idleMs: milliseconds("idle", values.idle),
    quick: values.quick || values["no-experiments"],
  };
  if (options.timeoutMs === 0) throw misused("--timeout must be more than 0");
  return { options, json: values.json };
}

function forwardProxy(text: string): Target {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!/^https?:/i.test(url)) throw misused("--proxy takes an http: or https: URL");
  return targetOf(url);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misused(reason(error).split(/\. |\n/)[0]!);
  }
}

function protocols(given: readonly string[]): readonly string[] {
  const names = given.flatMap((list) => list.split(",")).map((name) => name.trim());
  const wrong = names.find((name, index) => !isToken(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) throw misused(`--protocol ${JSON.stringify(wrong)} is no token, or comes twice`);
  return names;
}

function headers({ header, cookie, origin }: { header: readonly string[]; cookie?: string; origin?: string }) {
  const given = header.map(splitHeader);
  if (cookie !== undefined) given.push(["Cookie", checkValue("cookie", cookie)]);
  if (origin !== undefined) given.push(["Origin", checkValue("origin", origin)]);
  return given;
}

/** What the handshake is made of can't be given: the verdict would be about something else. */
const OWN = /^(upgrade|connection|sec-websocket-.*|content-length|transfer-encoding)$/i;

function splitHeader(line: string): readonly [string, string] {
  const [, name = "", value = ""] = /^([^:]*):(.*)$/s.exec(line) ?? [];
  if (!isToken(name)) throw misused("--header is written as 'Name: value'");
  if (OWN.test(name)) throw misused(`--header ${name}: this one is the doctor's own (subprotocols: --protocol)`);
  return [name, checkValue("header", value.trim())];
}

/** Never quotes the value: it may be a secret. */
function checkValue(option: string, value: string): string {
  if (/[^\t -~\x80-\xff]/.test(value)) throw misused(`--${option} has characters that no header may have`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, "": 1000, s: 1000, m: 60_000 };

function milliseconds(option: string, text: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|)$/.exec(text) ?? [];
  if (digits === "") throw misused(`--${option} ${JSON.stringify(text)} is no time such as 65s, 500ms or 2m`);
  return Math.min(Number(digits) * UNITS[unit]!, 3_600_000);
}

function misused(sentence: string): Complaint {
  return new Complaint(`${sentence}: see onesocket doctor --help`);
}
