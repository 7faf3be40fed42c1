import type { Document } from "../document.ts";
import type { Finding, Seen } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";

/** What a line of an access log tells of a request. */
interface Access {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly status: number;
  /** Whether the log itself says that it is a WebSocket. */
  readonly isSocket: boolean;
}

/** As nginx, Apache, Caddy, uvicorn and others write one: the request line in quotes, then the status. */
const COMMON = /"([A-Z]{3,10}) (\S+) (?:HTTP\/(\d(?:\.\d)?))" (\d{3})\b/;

/** AWS's load balancer has the type first, and the status before the request: its own, then the target's. */
const BALANCER =
  /^(wss?) \d{4}-\d\d-\d\dT\S+ app\/\S+ (?:\S+ ){5}(\d{3}) (?:\d{3}|-) (?:\S+ ){2}"([A-Z]+) (\S+) HTTP\/(\d\.\d)"/;

/** A line of an access log that is about a WebSocket; any such line, when it is all that was given. */
export const accessLog: Kind = {
  recognise: (document, at) => (accessOf(document.lines[at] ?? "") ? at + 1 : undefined),
  read({ document, from }) {
    const access = accessOf(document.lines[from]!);
    return access && (isAboutSockets(access) || isAlone(document)) ? [finding(access)] : [];
  },
};

function accessOf(line: string): Access | undefined {
  const [, type, told, verb = "", url = "", number = ""] = BALANCER.exec(line) ?? [];
  if (type !== undefined) {
    const path = url.replace(/^\w+:\/\/[^/]*/, "");
    return { method: verb, path, version: number, status: Number(told), isSocket: true };
  }
  const [, method, path = "", version = "", status] = COMMON.exec(line) ?? [];
  return method === undefined ? undefined : { method, path, version, status: Number(status), isSocket: false };
}

/** Such a status, or such a parameter of Engine.IO, has nothing else. */
function isAboutSockets({ status, path, isSocket }: Access): boolean {
  return isSocket || status === 101 || status === 426 || /[?&]transport=websocket\b/.test(path);
}

function isAlone({ lines }: Document): boolean {
  return lines.length < 10 && lines.filter((line) => line.trim() !== "").length === 1;
}

function finding(access: Access): Finding {
  const { method, path, version, status } = access;
  const shown = `${method} ${path} over HTTP/${version}`;
  if (status === 101) {
    const codes: Seen[] = version === "1.0" ? [{ code: "HTTP_1_0", level: "warn" }] : [];
    return { kind: "access", what: `A WebSocket was opened: ${shown} was answered 101.`, sure: true, codes };
  }
  const what = `${isAboutSockets(access) ? "" : "If this was a handshake, it failed: "}${shown} was answered ${status}, not 101.`;
  return { kind: "access", what, codes: likely(access), note: GONE[status] ?? noteOfStatus(status) };
}

/** What nginx writes when there was no answer. */
const GONE: Readonly<Record<number, string>> = {
  444: "nginx ends a connection without an answer where its configuration says return 444.",
  499: "nginx writes 499 when the client left before there was an answer: it got tired, or its own code closed it.",
};

function likely({ method, version, status }: Access): readonly Seen[] {
  if (status === 444) return [{ code: "CLOSED_BEFORE_RESPONSE" }];
  if (status === 499) return [{ code: "RESPONSE_TIMEOUT" }, { code: "CLIENT_GONE" }];
  const codes = codesOfStatus(status).map((code): Seen => ({ code }));
  const first: Seen[] = [
    ...(method === "GET" ? [] : [{ code: "METHOD_NOT_GET" as const, detail: `the method is ${method}` }]),
    ...(version.startsWith("2")
      ? [{ code: "NOT_A_HANDSHAKE" as const, detail: "it came over HTTP/2, which has no Upgrade" }]
      : []),
    ...(version === "1.0" && status >= 400 ? [{ code: "HTTP_1_0" as const }] : []),
  ];
  return [...first, ...codes.filter(({ code }) => first.every((one) => one.code !== code))];
}
