import type { Header } from "../../doctor/answer.ts";
import type { Finding, Seen } from "../explanation.ts";
import { noteCredentials } from "../http/credentials.ts";
import { judgeRequest, oddityOf } from "../http/judge-request.ts";
import { headerOf, type RequestHead } from "../http/request-head.ts";
import type { Kind } from "../kind.ts";

/** A command for curl that is to open a WebSocket: as articles have it, or as a browser's network panel copies it. */
export const curlCommand: Kind = {
  recognise(document, at) {
    const { lines } = document;
    if (!/^\s*(?:[$#>] )?curl\s/.test(lines[at] ?? "")) return undefined;
    let to = at + 1;
    while (to < lines.length && to < at + 100 && /[\\^`]\s*$/.test(lines[to - 1]!)) to++;
    return to;
  },
  read({ document, from, to }, { secrets }) {
    const text = document.lines
      .slice(from, to)
      .join("\n")
      .replace(/[\\^`]\s*\n/g, " ");
    const command = commandOf(wordsOf(text.slice(text.indexOf("curl") + 4)));
    if (!command || !isForSockets(command)) return [];
    noteCredentials(secrets, command.request);
    return [finding(command)];
  },
};

interface Command {
  readonly url: URL;
  readonly request: RequestHead;
  readonly isHttp1: boolean;
}

/** The words of a shell's command, without their quotes. */
function wordsOf(text: string): readonly string[] {
  const words = text.match(/(?:\$?'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replace(/\$?'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g, (_, one = "", two = "") => one + two),
  );
}

/** Options of curl that take a value which does not matter here. */
const VALUED =
  /^-(?:[omuAebdTxmwErc]|-(?:output|max-time|user|user-agent|cookie|data\S*|proxy|connect-timeout|write-out|cacert|cert|key|resolve|retry))$/;

function commandOf(words: readonly string[]): Command | undefined {
  const headers: Header[] = [];
  let address: string | undefined;
  let method = "GET";
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (/^(?:-H|--header)$/.test(word)) headers.push(...headerList(words[++at] ?? ""));
    else if (/^(?:-X|--request)$/.test(word)) method = words[++at] ?? method;
    else if (VALUED.test(word)) at++;
    else if (word === "--url") address = words[++at];
    else if (!word.startsWith("-") && !/^[|>&;]/.test(word)) address ??= word;
    else if (/^[|>&;]/.test(word)) break;
  }
  const url = address === undefined ? null : URL.parse(/^\w+:\/\//.test(address) ? address : `http://${address}`);
  if (!url) return undefined;
  const host = headers.some(({ name }) => /^host$/i.test(name)) ? [] : [{ name: "Host", value: url.host }];
  const request = { method, target: url.pathname + url.search, version: undefined, headers: [...host, ...headers] };
  return { url, request, isHttp1: words.some((word) => /^--http1\.1$/.test(word)) };
}

function headerList(text: string): readonly Header[] {
  const header = headerOf(text.trim());
  return header && header.value !== "" ? [header] : [];
}

function isForSockets({ url, request }: Command): boolean {
  return (
    /^wss?:$/.test(url.protocol) ||
    request.headers.some(
      ({ name, value }) => /^sec-websocket-/i.test(name) || (/^upgrade$/i.test(name) && /websocket/i.test(value)),
    )
  );
}

function finding({ url, request, isHttp1 }: Command): Finding {
  const shown = url.href.replace(/^http/, "ws");
  if (/^wss?:$/.test(url.protocol)) {
    const note =
      "Before 8.11, or built without WebSockets, it says that it does not support the protocol. In the place of ws:// take http://, with the handshake's headers.";
    return {
      kind: "head",
      what: "curl sends the handshake by itself for ws:// and wss://.",
      sure: true,
      codes: [],
      note,
      url: shown,
    };
  }
  const { codes, handshake } = judgeRequest(request);
  const http2: Seen[] = url.protocol === "https:" && !isHttp1 && handshake ? [BY_HTTP2] : [];
  return {
    kind: "head",
    what: handshake ? "The command sends a valid handshake." : "The command does not send a valid handshake.",
    sure: true,
    codes: [...codes, ...http2],
    note: handshake && oddityOf(request, false),
    url: shown,
  };
}

const BY_HTTP2: Seen = {
  code: "NOT_A_HANDSHAKE",
  level: "warn",
  detail: "over TLS curl takes HTTP/2 where the server has it, and leaves Upgrade and Connection out",
  fix: "Add --http1.1 to the command.",
};
