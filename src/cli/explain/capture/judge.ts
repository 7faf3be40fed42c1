import { YOUNG_MS } from "../../doctor/young.ts";
import type { Seen } from "../explanation.ts";
import type { Conversation, End } from "./conversation.ts";
import type { Flow } from "./flow.ts";
import { type FlowVerdict, shownMs } from "./flow-verdict.ts";
import { judgeOpen, silenceNote } from "./judge-open.ts";

/** Judges a connection after the capture has ended. */
export function judgeFlow(flow: Flow): FlowVerdict {
  const { talk, lastMs } = flow;
  const isEmpty = talk.switchedAt === undefined && !talk.request;
  return (isEmpty ? unconnected(flow) : undefined) ?? judgeTalk(talk, lastMs);
}

/** Judges what was said on a connection. `lastMs`: when anything of it was last seen. */
export function judgeTalk(talk: Conversation, lastMs: number): FlowVerdict {
  if (talk.switchedAt !== undefined) return judgeOpen(talk, talk.switchedAt);
  return talk.request ? judgeAsked(talk, lastMs) : judgeUnasked(talk);
}

/** A connection that never came about. */
function unconnected({ talk, server, isConnected, isRefused, syns }: Flow): FlowVerdict | undefined {
  if (isConnected || !talk.begins) return undefined;
  const asked = `The client asked for a connection to ${server.shown}`;
  if (isRefused) {
    return verdict(`${asked}, and got RST: nothing listens there.`, [{ code: "TCP_REFUSED" }]);
  }
  if (syns > 1) return verdict(`${asked} ${syns} times, and got no answer.`, [{ code: "TCP_TIMEOUT" }]);
  return verdict(`${asked}, and there is no answer in this capture.`, []);
}

/** A connection on which no request was read. */
function judgeUnasked(talk: Conversation): FlowVerdict {
  if (talk.incomplete) return judgeUnseen(talk);
  const [first] = talk.ends;
  return (
    alienVerdict(talk, first) ??
    verdict(
      `The connection carried no request of HTTP${first ? `; the ${first.by} ended it with ${first.how}` : ""}.`,
      [],
    )
  );
}

/** A connection of which the capture has no content, as when tcpdump prints its lines alone: who sent how much, and who ended it. */
function judgeUnseen({ client, server, ends }: Conversation): FlowVerdict {
  const [first] = ends;
  const total = client.unseen + server.unseen;
  if (!first && total === 0)
    return verdict("The capture has too little of this connection to tell what it was.", [], WHOLE);
  const sent = `Of what went over it ${client.unseen} bytes of the client and ${server.unseen} of the server are not in the capture: it cannot be read.`;
  const lastAt = Math.max(client.lastAt, server.lastAt);
  const silence = first && lastAt > 0 ? first.at - lastAt : undefined;
  const since = silence === undefined ? "" : `, ${shownMs(silence)} after the last of them`;
  const end = first
    ? `The ${first.by} ${first.how === "RST" ? "cut" : "ended"} it with ${first.how}${total > 0 ? since : ""}.`
    : "It was open when the capture ended.";
  const patience = silence !== undefined && total > 0 ? silenceNote(silence) : undefined;
  return verdict([...(total > 0 ? [sent] : []), end].join(" "), [], [patience, WHOLE].filter(Boolean).join(" "));
}

const WHOLE =
  "To see what was said, capture whole packets, and keep what is in them: tcpdump -s 0 -w file, or -X for text.";

/** What the first bytes of the two sides are together, where they are no HTTP/1. */
function alienVerdict(
  { client: speaker, server: other, answer, incomplete }: Conversation,
  first: End | undefined,
): FlowVerdict | undefined {
  const ended = first ? ` The ${first.by} ended it with ${first.how}.` : "";
  const client = speaker.alien;
  const server = answer ? "other" : other.alien;
  if (client === "hello") return tlsVerdict(server, first, ended, incomplete);
  if (client === "tls") return verdict(IN_TLS_TEXT + ended, [], TLS_NOTE);
  if (client === "frames")
    return verdict(`The client sent a frame without a handshake.${ended}`, [{ code: "DATA_BEFORE_HANDSHAKE" }]);
  if (client === "proxy") {
    return verdict(
      `The connection begins with a header of the PROXY protocol.${ended}`,
      [{ code: "DATA_BEFORE_HANDSHAKE" }],
      PROXY_NOTE,
    );
  }
  if (client === "http2")
    return verdict(`The client speaks HTTP/2 without asking, in which nothing is read here.${ended}`, []);
  return undefined;
}

const PROXY_NOTE =
  "Turn it off where it is sent (HAProxy: send-proxy; nginx: proxy_protocol on), or put in front what reads it.";

function tlsVerdict(
  server: string | undefined,
  first: End | undefined,
  ended: string,
  incomplete: boolean,
): FlowVerdict {
  if (server === "other" || server === "frames") {
    return verdict(`The client began TLS, and the server answered with something else.${ended}`, [
      { code: "TLS_TO_PLAIN_PORT" },
    ]);
  }
  if (server === "alert")
    return verdict(`The server refused the client's TLS with an alert.${ended}`, [{ code: "TLS_FAILED" }]);
  if (server === undefined && first?.by === "server" && !incomplete) {
    const codes: Seen[] = [{ code: "TLS_TO_PLAIN_PORT" }, { code: "TLS_FAILED" }];
    return { ...verdict(`The client began TLS, and the server ended the connection.${ended}`, codes), sure: false };
  }
  return verdict(IN_TLS_TEXT + ended, [], TLS_NOTE);
}

const IN_TLS_TEXT = "The connection is TLS: what is inside cannot be read here.";

const TLS_NOTE = "Capture behind the place where TLS ends, or write down what the browser sees: a HAR, or its NetLog.";

/** A request that was not answered with 101. */
function judgeAsked(talk: Conversation, lastMs: number): FlowVerdict {
  const { what, sure, requestCodes, answerCodes, note } = talk.verdict();
  if (talk.answer) return { what, sure, codes: [...requestCodes, ...answerCodes], note };
  // A head that TLS or frames came instead of belongs to no answer either.
  if (talk.client.alien === "tls" || talk.client.alien === "hello")
    return verdict(`${what} TLS came before it.`, requestCodes);
  const { codes, more } = unanswered(talk, lastMs);
  const isValid = requestCodes.every(({ level }) => level === "warn");
  return { what: `${what} ${more}`, sure: true, codes: isValid ? [...requestCodes, ...codes] : requestCodes, note };
}

interface Unanswered {
  readonly codes: readonly Seen[];
  readonly more: string;
}

/** Why a request got no answer. */
function unanswered({ client, server, ends, requestedAt }: Conversation, lastMs: number): Unanswered {
  if (server.blind) return { codes: [], more: "The answer is not in the capture." };
  if (client.blind) return { codes: [], more: "What became of it is not all in the capture." };
  if (server.alien !== undefined) return ALIEN[server.alien] ?? NOT_HTTP;
  const [first] = ends;
  if (!first)
    return {
      codes: [],
      more: `There is no answer in this capture, which goes on for ${shownMs(lastMs - requestedAt)}.`,
    };
  const after = shownMs(first.at - requestedAt);
  if (first.by === "server") {
    const detail = `${first.how} came ${after} after the request`;
    return {
      codes: [{ code: "CLOSED_BEFORE_RESPONSE", detail }],
      more: `The server did not answer: it ended the connection with ${first.how} after ${after}, as some do that speak TLS on that port.`,
    };
  }
  const gaveUp = first.at - requestedAt >= YOUNG_MS;
  const codes: Seen[] = [
    gaveUp ? { code: "RESPONSE_TIMEOUT", detail: `the client gave up after ${after}` } : { code: "CLIENT_GONE" },
  ];
  return { codes, more: `The client ended the connection with ${first.how} after ${after}, without an answer.` };
}

const IN_TLS: Unanswered = { codes: [{ code: "PLAIN_TO_TLS_PORT" }], more: "The server answered in TLS." };
const NOT_HTTP: Unanswered = { codes: [{ code: "NOT_HTTP" }], more: "What the server answered is no HTTP." };

const ALIEN: Readonly<Record<string, Unanswered>> = {
  alert: IN_TLS,
  tls: IN_TLS,
  http2: { codes: [{ code: "HTTP2_ONLY" }], more: "The server answered with HTTP/2." },
};

function verdict(what: string, codes: readonly Seen[], note?: string): FlowVerdict {
  return { what, codes, sure: true, note };
}
