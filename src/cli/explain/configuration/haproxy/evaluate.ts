import type { Seen } from "../../explanation.ts";
import { headerValue } from "../../http/request-head.ts";
import { type Asked, handshakeFor } from "../handshake.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { placeOf } from "../place.ts";
import { milliseconds } from "../time.ts";
import { conditionAt, holds, type Subject } from "./condition.ts";
import { goneFaults } from "./gone.ts";
import { healthFault } from "./health.ts";
import { mending } from "./lines.ts";
import { type Line, linesOf, type Section, setting } from "./parse.ts";
import { type Ruled, ruled, subjectOf } from "./rules.ts";

/** What HAProxy does with a handshake that comes to a frontend. */
export function evaluate(frontend: Section, sections: readonly Section[], asked: Asked): Outcome {
  const mode = modeOf(frontend, sections);
  const front = mode === "http" ? ruled(frontend, handshakeFor(asked), asked) : UNTOUCHED(asked);
  const early = isEarly(frontend, mode !== "http");
  const made = (fate: Fate, title: string, doubts: readonly Line[] = [], beside: readonly Seen[] = []): Outcome => ({
    title,
    fate,
    beside,
    doubts: [
      ...[...front.doubts, ...doubts].map(
        (line) => `${shown(line)} (${placeOf(line)}) may decide otherwise${early ? EARLY : ""}.`,
      ),
      ...(setting(frontend, "mode") || mode === "tcp" ? [] : [HTTP_TAKEN]),
    ],
  });
  const name = `${frontend.kind} ${frontend.name}`;
  if (front.answer) return made({ kind: "answered", ...front.answer }, `${name}: ${shown(front.answer.by)}`);
  const subject = { ...subjectOf(front.request, asked), isEarly: early };
  const { backend, doubts } = backendOf(frontend, sections, subject);
  if (!backend) return made(noServer(frontend), name, doubts);
  const back = backend === frontend || mode !== "http" ? front : ruled(backend, front.request, asked);
  const all = [...doubts, ...(back === front ? [] : back.doubts)];
  if (back.answer) return made({ kind: "answered", ...back.answer }, `${name}: ${shown(back.answer.by)}`, all);
  const server = linesOf(backend, "server").find(
    ({ words }) => !words.includes("disabled") && !words.includes("backup"),
  );
  if (!server) return made(noServer(backend), `${name} → backend ${backend.name}`, all);
  const changes = new Map([...front.changes, ...back.changes]);
  const fate = passedTo(server, { frontend, backend, request: back.request, changes, isTcp: mode !== "http" });
  return made(fate, `${name} → ${server.words[2]} (${backend.kind} ${backend.name})`, all, [
    ...goneFaults(concerned(sections, frontend, backend)),
    ...healthFault(backend, server),
  ]);
}

/** The sections on a request's way, and those that count for all. */
function concerned(sections: readonly Section[], frontend: Section, backend: Section): readonly Section[] {
  const way = new Set<Section | undefined>([frontend, backend, frontend.defaults, backend.defaults]);
  return sections.filter((one) => one.kind === "global" || way.has(one));
}

const UNTOUCHED = (asked: Asked): Ruled => ({ request: handshakeFor(asked), changes: new Map(), doubts: [] });

const HTTP_TAKEN = "No defaults were given: mode http is taken to stand in them.";

/** Seen with HAProxy 2.6: it depends on how soon the request comes behind the connection. */
const EARLY = ": mode tcp does not wait for the request, unless tcp-request inspect-delay and content tell it to";

/** HAProxy's default is tcp; a piece without what stands around it is taken for one of mode http. */
function modeOf(frontend: Section, sections: readonly Section[]): string {
  const isPiece = !sections.some(({ kind }) => kind === "defaults" || kind === "global");
  return setting(frontend, "mode")?.words[1] ?? (isPiece ? "http" : "tcp");
}

/** Whether conditions see the request: in mode tcp only where content is waited for. */
function isEarly(frontend: Section, isTcp: boolean): boolean {
  const waits = setting(frontend, "tcp-request", "inspect-delay") && setting(frontend, "tcp-request", "content");
  return isTcp && !waits;
}

function backendOf(
  frontend: Section,
  sections: readonly Section[],
  subject: Subject,
): { readonly backend: Section | undefined; readonly doubts: readonly Line[] } {
  const doubts: Line[] = [];
  const find = (name: string | undefined) =>
    sections.find((one) => one.name === name && (one.kind === "backend" || one.kind === "listen"));
  for (const line of linesOf(frontend, "use_backend")) {
    const applies = holds(line.words.slice(conditionAt(line.words)), frontend, subject);
    if (applies === true) return { backend: find(line.words[1]), doubts };
    if (applies === undefined) doubts.push(line);
  }
  const fallback = find(setting(frontend, "default_backend")?.words[1]);
  return { backend: fallback ?? (frontend.kind === "listen" ? frontend : undefined), doubts };
}

function noServer(by: Section): Fate {
  const seen: Seen = {
    code: "STATUS_NOT_101",
    detail: `${by.kind} ${by.name} has no server for it`,
    fix: "Give it a use_backend or a default_backend, and that a server.",
  };
  return { kind: "answered", status: 503, by, seen };
}

interface Way {
  readonly frontend: Section;
  readonly backend: Section;
  readonly request: Ruled["request"];
  readonly changes: ReadonlyMap<string, Line>;
  readonly isTcp: boolean;
}

function passedTo(server: Line, { frontend, backend, request, changes, isTcp }: Way): Fate {
  const isHttp2 = !isTcp && speaksHttp2(server);
  if (isHttp2)
    return { kind: "lost", what: `goes to ${server.words[2]} as an extended CONNECT of HTTP/2`, seen: http2(server) };
  const mend = mending({ server, backend, changes });
  const hasKey = isTcp || headerValue(request, "sec-websocket-key") !== null;
  if (!hasKey && headerValue(request, "upgrade")?.toLowerCase() === "websocket")
    return {
      kind: "lost",
      what: `goes to ${server.words[2]} with a key of HAProxy's own`,
      seen: { ...OWN_KEY, ...mend("KEY_MISSING") },
    };
  return {
    kind: "passed",
    by: server,
    upstream: server.words[2] ?? "",
    request,
    ...patience(frontend, backend),
    mend,
  };
}

const OWN_KEY: Seen = {
  code: "ACCEPT_MISMATCH",
  detail: "where Sec-WebSocket-Key was taken out HAProxy makes another: the server's answer is to that one",
};

/** With `ws auto` a WebSocket is spoken as all else is, unless TLS lets HTTP/1.1 be chosen. */
function speaksHttp2({ words }: Line): boolean {
  const value = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const alpn = value("alpn")?.split(",");
  if (value("ws") === "h1") return false;
  return value("ws") === "h2" || value("proto") === "h2" || (alpn !== undefined && !alpn.includes("http/1.1"));
}

function http2(server: Line): Seen {
  return {
    code: "STATUS_NOT_101",
    where: placeOf(server),
    detail: "the server is spoken to in HTTP/2, and has to take RFC 8441's extended CONNECT; else HAProxy answers 502",
    fix: "Speak HTTP/1.1 for WebSockets (HAProxy 2.5 and later).",
    snippet: `# in the place of line ${server.line} of ${server.file}:\n  ${words(server)} ws h1`,
  };
}

function words({ words }: Line): string {
  const at = words.indexOf("ws");
  return (at < 0 ? words : words.toSpliced(at, 2)).join(" ");
}

/** After the handshake, and in mode tcp, `timeout tunnel` counts for both sides, or else the smaller of theirs. */
function patience(frontend: Section, backend: Section) {
  const time = (section: Section, name: string) =>
    milliseconds(setting(section, "timeout", name)?.words[2] ?? "", "ms");
  const tunnel = time(backend, "tunnel");
  if (tunnel !== undefined) return { idleMs: tunnel, idleBy: "timeout tunnel" };
  const [client, server] = [time(frontend, "client"), time(backend, "server")];
  const idleMs = Math.min(client ?? Number.POSITIVE_INFINITY, server ?? Number.POSITIVE_INFINITY);
  return { idleMs, idleBy: client === idleMs ? "timeout client" : "timeout server" };
}

/** A line as it is shown. */
export function shown({ words }: Line): string {
  return words.join(" ").slice(0, 120);
}
