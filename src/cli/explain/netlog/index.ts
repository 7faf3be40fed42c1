import { judgeTalk } from "../capture/judge.ts";
import { type Finding, firstOf } from "../explanation.ts";
import { noteCredentials } from "../http/credentials.ts";
import { objectOf, textOf } from "../json.ts";
import type { Kind } from "../kind.ts";
import { symptomFinding } from "../line/message.ts";
import type { Secrets } from "../secrets.ts";
import { eachEvent, isNetLog, type NetEvent } from "./log.ts";
import { SocketRequest } from "./request.ts";

/** Chromium's NetLog: `chrome://net-export`, or `--log-net-log=FILE --net-log-capture-mode=Everything`. */
export const netlog: Kind = {
  recognise: (document, at) => (at === 0 && isNetLog(document.bytes) ? Number.POSITIVE_INFINITY : undefined),
  read({ document }, { secrets }) {
    const { requests, errors } = requestsOf(document.bytes);
    if (requests.length === 0) return [NONE];
    return firstOf(
      requests.map((request) => finding(request, errors, secrets)),
      TOLD,
    );
  },
};

/** More connections are not told one by one. */
const TOLD = 50;

const NONE: Finding = {
  kind: "netlog",
  input: "a NetLog",
  by: ["Chrome"],
  what: "There is no WebSocket in this NetLog.",
  sure: true,
  codes: [],
  note: "Begin to log before the page connects.",
};

const OF_REQUEST = [
  "WEBSOCKET_UPGRADE_FAILURE",
  "REQUEST_ALIVE",
  "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
  "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
  "WEBSOCKET_SENT_FRAME_HEADER",
  "WEBSOCKET_RECV_FRAME_HEADER",
];
const OF_SOCKET = [
  "SOCKET_BYTES_SENT",
  "SOCKET_BYTES_RECEIVED",
  "SSL_SOCKET_BYTES_SENT",
  "SSL_SOCKET_BYTES_RECEIVED",
  "SOCKET_READ_ERROR",
  "SOCKET_ALIVE",
];
const BINDINGS = ["HTTP_STREAM_REQUEST_BOUND_TO_JOB", "SOCKET_POOL_BOUND_TO_SOCKET"];
const WANTED: ReadonlySet<string> = new Set([...OF_REQUEST, ...OF_SOCKET, ...BINDINGS]);

interface Found {
  readonly requests: readonly SocketRequest[];
  readonly errors: ReadonlyMap<number, string>;
}

/** The WebSockets of a log, in the order in which they were asked for. */
function requestsOf(bytes: Uint8Array): Found {
  const links = new Links();
  const errors = eachEvent(bytes, WANTED, (event) => links.take(event));
  return { requests: [...links.requests.values()], errors };
}

/** Which request has which job, and which job has which socket. */
class Links {
  readonly requests = new Map<number, SocketRequest>();
  readonly #sockets = new Map<number, number>();
  readonly #bySocket = new Map<number, SocketRequest>();

  take(event: NetEvent): void {
    const { type, source, params } = event;
    const other = Number(objectOf(params.source_dependency).id);
    const url = textOf(params.url);
    if (type === "REQUEST_ALIVE" && /^wss?:/i.test(url)) this.requests.set(source, new SocketRequest(url));
    const request = this.requests.get(source);
    if (type === "SOCKET_POOL_BOUND_TO_SOCKET") this.#sockets.set(source, other);
    else if (type === "HTTP_STREAM_REQUEST_BOUND_TO_JOB") this.#bind(request, this.#sockets.get(other));
    else if (OF_SOCKET.includes(type)) this.#bySocket.get(source)?.take(event);
    else request?.take(event);
  }

  #bind(request: SocketRequest | undefined, socket: number | undefined): void {
    if (request && socket !== undefined) this.#bySocket.set(socket, request);
  }
}

function finding(request: SocketRequest, errors: ReadonlyMap<number, string>, secrets: Secrets): Finding {
  const { url, failure, netError } = request;
  const { talk, lastMs } = request.played();
  for (const head of [talk.request, talk.answer]) if (head) noteCredentials(secrets, head);
  // A log without bytes has no head of a refusal.
  const isTold = talk.answer !== undefined || failure === "";
  const verdict = talk.request && isTold ? judgeTalk(talk, lastMs) : undefined;
  const says = failure || saysOf(netError, errors);
  const symptom = says === "" ? undefined : symptomFinding(says);
  // The browser's own word is less than what the wire shows.
  const codes = verdict && verdict.codes.length > 0 ? verdict.codes : (symptom?.codes ?? []);
  return {
    kind: "netlog",
    input: url,
    by: [...talk.answeredBy, "Chrome"],
    what: [
      verdict?.what ?? (talk.request && talk.verdict().what),
      says === "" ? "" : `Chromium says: ${says}.`,
      verdict ? "" : symptom?.what,
    ]
      .filter(Boolean)
      .join(" "),
    steps: talk.steps.all,
    sure: verdict && verdict.codes.length > 0 ? verdict.sure : codes.length < 2,
    codes,
    note: verdict?.note ?? symptom?.note,
    url,
  };
}

/** A handshake that is done ends the request as one that was cancelled. */
const DONE = "ERR_WS_UPGRADE";

function saysOf(netError: number | undefined, errors: ReadonlyMap<number, string>): string {
  const name = netError === undefined ? undefined : errors.get(netError);
  return name === undefined || name === DONE ? "" : `net::${name}`;
}
