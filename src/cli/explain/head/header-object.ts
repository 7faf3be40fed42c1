import type { Header } from "../../doctor/answer.ts";
import type { Finding } from "../explanation.ts";
import { noteCredentials } from "../http/credentials.ts";
import { judgeExchange } from "../http/judge-exchange.ts";
import { type RequestHead, urlOf } from "../http/request-head.ts";
import type { Kind } from "../kind.ts";

/** What a program printed has no more lines. */
const MOST_LINES = 200;

/** How programs print headers: `name: "value"` of JavaScript, JSON and Python, `name => value` of PHP, pairs of ASGI, Go's maps. */
const PAIRS: readonly RegExp[] = [
  /["']?\b([A-Za-z][\w-]*)["']?\]?\s*(?::|=>)\s*(?:string\(\d+\)\s*|\[\s*)?b?(["'])((?:\\.|(?!\2).)*)\2/g,
  /[([]\s*b?(?:["'])([A-Za-z][\w-]*)["']\s*,\s*b?(["'])((?:\\.|(?!\2).)*)\2\s*[)\]]/g,
  /\b([A-Z][\w-]*):()\[([^\]]*)\]/g,
];

const SIGN = /["'([ _]sec[-_]websocket[-_](?:key|version)\b/i;

/** The headers of a handshake as a program prints them. */
export const headerObject: Kind = {
  recognise(document, at) {
    const { lines } = document;
    if (!/[{[(]/.test(lines[at] ?? "") || (!SIGN.test(lines[at]!) && !/[{[(:,]\s*$/.test(lines[at]!))) return undefined;
    const to = endOf(lines, at);
    return to !== undefined && lines.slice(at, to).some((line) => SIGN.test(line)) ? to : undefined;
  },
  read({ document, from, to }, { secrets }) {
    const request = requestIn(document.lines.slice(from, to).join("\n"));
    if (request) noteCredentials(secrets, request);
    return request ? [finding(request)] : [];
  },
};

/** Where the brackets that a line opens are closed again. */
function endOf(lines: readonly string[], at: number): number | undefined {
  let depth = 0;
  for (let to = at; to < Math.min(lines.length, at + MOST_LINES); to++) {
    const bare = lines[to]!.replace(/(["'])(?:\\.|(?!\1).)*\1/g, "");
    depth += (bare.match(/[{[(]/g)?.length ?? 0) - (bare.match(/[}\])]/g)?.length ?? 0);
    if (depth <= 0) return to + 1;
  }
  return undefined;
}

function requestIn(text: string): RequestHead | undefined {
  const pairs = PAIRS.map((pattern) => [...text.matchAll(pattern)]).find((found) =>
    found.some(([, name]) => /^(?:http_)?sec[-_]websocket/i.test(name!)),
  );
  if (!pairs) return undefined;
  const all = pairs.map(([, name = "", , value = ""]): Header => ({ name, value }));
  const told = (name: RegExp) => all.find((header) => name.test(header.name))?.value;
  const headers = all.map(({ name, value }) => ({
    name: name
      .replace(/^HTTP_/, "")
      .replaceAll("_", "-")
      .toLowerCase(),
    value,
  }));
  return {
    method: told(/^(?:request_)?method$/i) ?? "GET",
    target: told(/^(?:request_uri|url|path|originalurl)$/i) ?? "/",
    version: /\d\.\d/.exec(told(/^(?:http_?version|server_protocol)$/i) ?? "")?.[0],
    headers,
  };
}

function finding(request: RequestHead): Finding {
  const verdict = judgeExchange({ request, body: "" });
  const subject = "The headers that the program printed ";
  return {
    kind: "head",
    what: verdict.requestCodes.length > 0 ? `${subject}are no valid handshake.` : `${subject}are a valid handshake.`,
    sure: true,
    codes: verdict.requestCodes,
    note: verdict.note,
    url: urlOf(request),
  };
}
