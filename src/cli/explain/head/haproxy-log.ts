import type { Document } from "../document.ts";
import type { Finding, Seen } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";

/** What a line of HAProxy's log tells of one session. */
interface Session {
  /** The two letters of its termination state that tell who ended it, and when. */
  readonly state: string;
  /** undefined in mode tcp. */
  readonly status: number | undefined;
  /** As it was sent, such as `GET /chat HTTP/1.1`; undefined in mode tcp. */
  readonly request: string | undefined;
  readonly backend: string;
  readonly server: string;
  /** How long it lasted: milliseconds. */
  readonly ms: number;
}

/** `option httplog`: times, status, bytes, two cookies, the state, connections, the queue, captured headers, the request. */
const HTTP =
  /\[\d\d\/\w{3}\/\d{4}:[\d:.]+\] \S+ ([^\s/]+)\/(\S+) (?:-?\d+\/){3,4}\+?(\d+) (\d{3}|-1) \+?\d+ \S+ \S+ ([A-Za-z-]{2})[A-Za-z-]{2} [\d/+]+ [\d/]+ (?:\{[^}]{0,2000}\} ?){0,2}"([^"]{0,8000})"?/;

/** `option tcplog`: times, bytes, the state, connections, the queue. */
const TCP =
  /\[\d\d\/\w{3}\/\d{4}:[\d:.]+\] \S+ ([^\s/]+)\/(\S+) -?\d+\/-?\d+\/\+?(\d+) \+?\d+ ([A-Za-z-]{2}) [\d/+]+ [\d/]+\s*$/;

/** A line of HAProxy's log: its termination state tells who ended what (HAProxy's configuration manual, §8.5). */
export const haproxyLog: Kind = {
  recognise: (document, at) => (sessionOf(document.lines[at] ?? "") ? at + 1 : undefined),
  read({ document, from }) {
    const session = sessionOf(document.lines[from]!);
    return session && isTelling(session, document) ? [finding(session)] : [];
  },
};

function sessionOf(line: string): Session | undefined {
  const [, backend, server = "", ms, status, state = "", request] = HTTP.exec(line) ?? [];
  if (backend !== undefined) return { backend, server, ms: Number(ms), status: Number(status), state, request };
  const [, name, where = "", lasted, how = ""] = TCP.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { backend: name, server: where, ms: Number(lasted), status: undefined, state: how, request: undefined };
}

/** A log has many lines about ordinary requests that went well. */
function isTelling({ state, status }: Session, { lines }: Document): boolean {
  const isAlone = lines.length < 10 && lines.filter((line) => line.trim() !== "").length === 1;
  return state !== "--" || status === 101 || status === 426 || isAlone;
}

function finding(session: Session): Finding {
  const { request, status, backend, server } = session;
  const what = request === undefined ? `A connection to ${backend}/${server}` : `${request}, to ${backend}/${server},`;
  const was = status === undefined || status < 0 ? "" : ` was answered ${status}.`;
  const told = status === 101 || status === undefined ? ofOpen(session) : ofRequest(session, status);
  const first = was === "" ? `${what} lasted ${shownMs(session.ms)}.` : `${what}${was}`;
  return {
    kind: "access",
    by: ["HAProxy"],
    ...told,
    what: `${first} ${told.what[0]!.toUpperCase()}${told.what.slice(1)}`,
  };
}

type Told = Pick<Finding, "what" | "sure" | "codes" | "note">;

const LINES = "timeout tunnel 1h";

/** An open WebSocket, or a connection of which HAProxy knows no more. */
function ofOpen({ state, ms, status }: Session): Told {
  const opened = status === 101 ? `The WebSocket was open for ${shownMs(ms)}; ` : "";
  switch (state) {
    case "cD":
    case "sD":
      return {
        what: `${opened}HAProxy ended it, since nothing came for as long as its timeout (${state}).`,
        sure: true,
        codes: [
          {
            code: "IDLE_CUT",
            detail: `HAProxy's timeout on the ${state === "cD" ? "client's" : "server's"} side ended it`,
            snippet: `# HAProxy, in defaults or the backend\n${LINES}`,
          },
        ],
        note: "Once a connection is switched, timeout tunnel counts; without it timeout client and timeout server do.",
      };
    case "CD":
      return {
        what: `${opened}the client's side ended it without warning (CD).`,
        sure: true,
        codes: ["ENDED_WITHOUT_CLOSE"],
      };
    case "SD":
      return {
        what: `${opened}the server's side ended it without warning (SD).`,
        sure: true,
        codes: ["ENDED_WITHOUT_CLOSE"],
      };
    case "KD":
    case "DD":
    case "UD":
      return {
        what: `${opened}HAProxy ended it: the server was taken out, or is down (${state}).`,
        sure: true,
        codes: ["ENDED_WITHOUT_CLOSE"],
      };
    case "--":
      return {
        what: `${opened}one of both sides ended it (--).`,
        sure: true,
        codes: [],
        note: "HAProxy writes the same for a connection that was closed well and for one that a side cut: it does not look for a Close.",
      };
    default:
      return before(state, undefined) ?? unknown(state);
  }
}

function ofRequest({ state, request, server }: Session, status: number): Told {
  if (request === "<BADREQ>") {
    return {
      what: "What a client sent was no whole request in HTTP.",
      codes:
        state.startsWith("c") || state.startsWith("C")
          ? ["CLIENT_GONE"]
          : ["DATA_BEFORE_HANDSHAKE", "TLS_TO_PLAIN_PORT"],
      note: "Usual for TLS on a port without it, and for a health check or a browser that only opens a connection.",
    };
  }
  if (server === "<NOSRV>" && state === "SC") {
    return { what: "HAProxy had no server to ask (SC).", sure: true, codes: ["TCP_REFUSED"], note: DOWN };
  }
  const told = before(state, status);
  if (told) return told;
  if (state !== "--") return unknown(state);
  const codes = codesOfStatus(status).map((code): Seen => ({ code }));
  return { what: "If this was a handshake, the server itself refused it.", codes, note: noteOfStatus(status) };
}

const DOWN =
  "No server of the backend is up, or it has none: its health checks may ask for something that a server of sockets alone does not answer.";

/** What ended it before there was an answer of the server, by the state. */
function before(state: string, status: number | undefined): Told | undefined {
  const [who, when] = [state[0]!, state[1]!];
  if (when === "C" && who === "S")
    return {
      what: "HAProxy got no connection to the server (SC).",
      sure: false,
      codes: ["TCP_REFUSED", "TCP_TIMEOUT"],
    };
  if (when === "C" && who === "s")
    return { what: "HAProxy got no connection to the server in time (sC).", sure: true, codes: ["TCP_TIMEOUT"] };
  if (when === "H" && who === "S")
    return {
      what: "The server ended the connection without an answer (SH).",
      sure: true,
      codes: ["CLOSED_BEFORE_RESPONSE"],
    };
  if (when === "H" && who === "s")
    return { what: "The server did not answer within timeout server (sH).", sure: true, codes: ["RESPONSE_TIMEOUT"] };
  if (when === "H" && who === "P")
    return {
      what: "HAProxy did not take the server's answer (PH): it is not HTTP/1.1, or a rule denies it.",
      codes: ["NOT_HTTP"],
    };
  if (when === "Q")
    return {
      what: `The request waited for a free place on a server (${state}).`,
      codes: ["OVERLOADED"],
      note: "maxconn of the server counts open WebSockets, too.",
    };
  if (when === "R" && who === "P" && status !== undefined)
    return {
      what: "A rule of HAProxy's own answered (PR).",
      codes: status === 403 ? ["FORBIDDEN"] : codesOfStatus(status),
      note: "http-request deny, or a limit: the server was not asked.",
    };
  if (who === "C" || who === "c")
    return { what: `The client went away before it had an answer (${state}).`, sure: true, codes: ["CLIENT_GONE"] };
  return undefined;
}

function unknown(state: string): Told {
  return {
    what: `Its termination state is ${state}.`,
    codes: [],
    note: "HAProxy's configuration manual has all of them in §8.5.",
  };
}

function shownMs(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
