import type { Finding, Seen, Side, Step } from "../../explanation.ts";
import { codesOfStatus, noteOfStatus } from "../../statuses.ts";
import type { Row } from "./row.ts";

/** An end so soon after the 101 is one of its own kind: milliseconds. */
const SOON_MS = 1000;

/** A silence that something on the way may end: milliseconds. */
const IDLE_MS = 20_000;

const MIXED =
  "Several connections stood between the two at once: rows of HTTP and of frames do not tell whose they are.";

/** More steps are not told. */
const MOST_STEPS = 40;

/** One connection, as far as a list of packets tells of it. */
export class Talk {
  readonly #first: Row;
  readonly #steps: Step[] = [];
  #request: Row | undefined;
  #answer: { readonly row: Row; readonly status: number } | undefined;
  #accepted = false;
  #end: { readonly row: Row; readonly by: Side; readonly how: "FIN" | "RST" } | undefined;
  #close: { readonly by: Side } | undefined;
  #last: Row | undefined;
  readonly #tls = new Set<Side>();
  #fins = 0;
  /** What else the server's bytes were taken for. */
  #other: string | undefined;
  /** Whether rows came that may belong to another connection between the same two. */
  isMixed = false;

  constructor(first: Row) {
    this.#first = first;
    this.take(first);
  }

  get hasRequest(): boolean {
    return this.#request !== undefined;
  }

  get isOver(): boolean {
    return this.#end?.how === "RST" || this.#fins > 1;
  }

  take(row: Row): void {
    const by = this.#sideOf(row);
    const { info, flags, protocol } = row;
    const isTls = /^(?:TLS|SSL)/.test(protocol);
    if (isTls) this.#tls.add(by);
    const isOther = isOtherData(row) && !isTls;
    // Between two ports of one machine the addresses tell no side.
    if (isOther && (by === "server" || protocol !== "TCP")) this.#other ??= protocol;
    const frames = info.match(/WebSocket (?:Text|Binary|Continuation|Ping|Pong|Connection Close)/g) ?? [];
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(info) ?? [];
    if (/^[A-Z]+ \S+ HTTP\/1\.[01]/.test(info)) this.#request ??= row;
    if (status !== undefined) this.#answer ??= { row, status: Number(status) };
    if (flags.has("SYN") && flags.has("ACK")) this.#accepted = true;
    if (frames.some((frame) => frame.endsWith("Close"))) this.#close ??= { by };
    const how = flags.has("RST") ? "RST" : flags.has("FIN") ? "FIN" : undefined;
    if (how === "FIN") this.#fins++;
    if (how) this.#end ??= { row, by, how };
    else if (protocol !== "TCP") this.#last = row;
    const said = protocol === "TCP" ? [...flags].filter((flag) => /^(?:SYN|FIN|RST)$/.test(flag)).join(", ") : info;
    if (said !== "")
      this.#steps.push({
        ms: row.ms - this.#first.ms,
        by,
        what: said === "SYN" && flags.has("ACK") ? "SYN, ACK" : said,
        codes: [],
      });
  }

  /** The client sends the first SYN, requests, and frames that are masked. */
  #sideOf({ info, ports, source, target, protocol }: Row): Side {
    const own = this.#first;
    if (ports && own.ports) return ports[0] === own.ports[0] ? "client" : "server";
    if (/^[A-Z]+ \S+ HTTP\//.test(info) || /\[MASKED\]/.test(info)) return "client";
    if (/^HTTP\/1|^Server Hello/.test(info) || protocol === "WebSocket") return "server";
    return source === own.source && target === own.target ? "client" : "server";
  }

  /** What it shows; undefined for a connection that shows nothing of a WebSocket. */
  finding(): Finding | undefined {
    const verdict = this.#verdict();
    if (!verdict) return undefined;
    const { source, target, ports } = this.#first;
    const [from, to] = ports ? [`${source}:${ports[0]}`, `${target}:${ports[1]}`] : [source, target];
    const note = [
      verdict.note,
      "tshark's list shows no headers, and no bytes: hand over the capture itself, or what tshark -V prints.",
    ];
    return {
      kind: "capture",
      input: `${from} → ${to}`,
      what: verdict.what,
      sure: verdict.sure,
      codes: verdict.codes,
      steps: this.isMixed ? [] : this.#steps.slice(0, MOST_STEPS),
      note: note.filter(Boolean).join(" "),
    };
  }

  #verdict(): Verdict | undefined {
    // Which steps are its own is not known.
    if (this.isMixed) return { what: MIXED, sure: true, codes: [] };
    if (this.#request === undefined) return this.#unasked();
    const asked = `The client sent ${this.#request.info.replace(/ HTTP\/.*$/, "")}.`;
    if (!this.#answer) return this.#unanswered(asked, this.#request);
    const { status, row } = this.#answer;
    return status === 101 ? this.#opened(`${asked} The server answered 101.`, row) : this.#refused(asked, status);
  }

  #unanswered(asked: string, request: Row): Verdict {
    const end = this.#end;
    if (this.#other !== undefined)
      return { what: `${asked} Wireshark takes what the server sent for no HTTP.`, sure: false, codes: ["NOT_HTTP"] };
    if (!end) return { what: `${asked} No answer is in the list.`, sure: false, codes: ["RESPONSE_TIMEOUT"] };
    const after = `${end.how} after ${since(request, end.row)}`;
    return end.by === "client"
      ? {
          what: `${asked} It ended the connection with ${after}, without an answer.`,
          sure: true,
          codes: ["RESPONSE_TIMEOUT"],
        }
      : {
          what: `${asked} The server did not answer: it ended the connection with ${after}.`,
          sure: true,
          codes: ["CLOSED_BEFORE_RESPONSE"],
        };
  }

  /** A plain request may have any answer: only a 4xx or 5xx is told, and as one that may have been a handshake's. */
  #refused(asked: string, status: number): Verdict | undefined {
    if (status < 300) return undefined;
    return {
      what: `${asked} The server answered ${status}: if that was a handshake, it was refused.`,
      sure: false,
      codes: codesOfStatus(status),
      note: noteOfStatus(status),
    };
  }

  #opened(what: string, answer: Row): Verdict {
    const end = this.#end;
    if (this.#close) return { what: `${what} The ${this.#close.by} closed it first.`, sure: true, codes: [] };
    if (!end) return { what: `${what} No end is in the list.`, sure: true, codes: [] };
    const silence = end.row.ms - (this.#last ?? answer).ms;
    const silent = silence < IDLE_MS ? "" : ` Nothing had gone over it for ${seconds(silence)}.`;
    return {
      what: `${what} The ${end.by} ended it with ${end.how} ${since(answer, end.row)} after the 101, without a Close.${silent}`,
      sure: false,
      codes: endCodes(end.by, end.row.ms - answer.ms <= SOON_MS, silence >= IDLE_MS),
    };
  }

  /** Without a request, only a connection that did not come about is told. */
  #unasked(): Verdict | undefined {
    const end = this.#end;
    if (this.#first.flags.has("SYN") && !this.#accepted) {
      if (end?.how === "RST" && end.by === "server")
        return {
          what: "The server's machine refused the connection: RST came to the SYN.",
          sure: true,
          codes: ["TCP_REFUSED"],
        };
      if (!end)
        return {
          what: "The client asked for a connection, and nothing came back.",
          sure: true,
          codes: ["TCP_TIMEOUT"],
        };
    }
    if (this.#tls.has("server")) return { what: "What went over it is TLS, and can't be read.", sure: true, codes: [] };
    if (this.#tls.size > 0)
      return {
        what: "The client began TLS, and no TLS came back.",
        sure: false,
        codes: ["TLS_TO_PLAIN_PORT", "TLS_FAILED"],
      };
    if (this.#close)
      return {
        what: `The ${this.#close.by} closed it first; the handshake is not in the list.`,
        sure: true,
        codes: [],
      };
    return this.#last?.protocol === "WebSocket"
      ? { what: "Frames of a WebSocket, and no end of it.", sure: true, codes: [] }
      : undefined;
  }
}

/** What is no HTTP, no frame and no TLS: bytes that Wireshark names otherwise, or does not. */
function isOtherData({ protocol, info }: Row): boolean {
  if (protocol === "TCP") return /\bLen=[1-9]/.test(info);
  return protocol === "HTTP" ? info === "Continuation" : protocol !== "WebSocket";
}

/** A client ends at once what it does not accept. */
function endCodes(by: Side, isSoon: boolean, isIdle: boolean): Verdict["codes"] {
  if (isSoon && by === "client") return ["ACCEPT_MISMATCH", "RESPONSE_CONNECTION_BAD", "ENDED_WITHOUT_CLOSE"];
  if (isSoon) return ["SWITCH_THEN_FIN", "HTTP_AFTER_101"];
  return isIdle ? ["IDLE_CUT", "ENDED_WITHOUT_CLOSE"] : ["ENDED_WITHOUT_CLOSE"];
}

interface Verdict {
  readonly what: string;
  readonly sure: boolean;
  readonly codes: readonly Seen["code"][];
  readonly note?: string | undefined;
}

function since(from: Row, to: Row): string {
  return seconds(to.ms - from.ms);
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
