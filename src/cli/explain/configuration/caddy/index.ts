import type { Document, Part } from "../../document.ts";
import { noteCredentials } from "../../http/credentials.ts";
import type { Question } from "../../kind.ts";
import { bare } from "../handshake.ts";
import type { Outcome } from "../outcome.ts";
import { instead } from "../paste.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { evaluate } from "./evaluate.ts";
import { imported } from "./imports.ts";
import { orderOf } from "./order.ts";
import { DIRECTIVE, type Directive, parseFrom } from "./parse.ts";
import { caddyfile, hostOfSite, type Site, siteFor } from "./sites.ts";

/** An address, as the heading of a site has it. */
const ADDRESS = /^(?:https?:\/\/)?(?:\[[\da-f:]+\]|[\w*.-]+|\{\$?[\w.:-]+\})?(?::(?:\d+|\{\$?[\w.:-]+\}))?(?:\/\S*)?$/i;

/** What else a Caddyfile may begin with: its options, a snippet, or a directive. */
const OTHERWISE =
  /^\s*(?:\{\s*(?:#.*)?$|\([\w-]+\)\s*\{\s*(?:#.*)?$|(?:proxy|reverse_proxy|handle|handle_path|route|@[\w-]+)\s)/i;

/** Word by word: one pattern for all addresses of a line would try each way to part them. */
function begins(line: string): boolean {
  if (OTHERWISE.test(line)) return true;
  const heading = line
    .replace(/\s#.*$/, "")
    .trim()
    .replace(/\{$/, "")
    .trim();
  const words = heading.split(/[\s,]+/).filter((word) => word !== "");
  return words.length > 0 && words.every((word) => ADDRESS.test(word));
}

/** What is Caddy's alone. */
const OWN = /^(?:reverse_proxy|handle|handle_path|file_server|respond|redir|php_fastcgi|basicauth|encode)$/;

/** A Caddyfile: whole, with what it imports, or a piece. */
export const caddy: ProxyReader = {
  name: "Caddy",
  look(document, at) {
    if (!beginsCaddyfile(document, at)) return undefined;
    const { lines } = document;
    const { directives, to, isWhole } = parseFrom(lines, at, "");
    return { to, isOurs: isWhole && isOurs(directives) };
  },
  read,
};

/** Whether a line may be the first of a Caddyfile. */
export function beginsCaddyfile({ isText, lines }: Document, at: number): boolean {
  const first = (lines[at] ?? "").slice(0, 500);
  return isText && !/^\s*(?:#|$)/.test(first) && begins(first) && hasMore(lines, at);
}

/** An address without a brace has to have a directive behind it. */
function hasMore(lines: readonly string[], at: number): boolean {
  if (/\{\s*(?:#.*)?$/.test(lines[at]!) || OTHERWISE.test(lines[at]!)) return true;
  const next = lines.slice(at + 1, at + 20).find((line) => /\S/.test(line)) ?? "";
  return DIRECTIVE.test(next.trim().split(/\s/)[0]!);
}

/** Other programs end lines with a semicolon, or have colons and equals signs behind names. */
function isOurs(directives: readonly Directive[]): boolean {
  const all = flat(directives);
  return (
    all.some(({ words }) => OWN.test(words[0] ?? "")) &&
    !all.some(
      ({ words }) =>
        /[;]$/.test(words.at(-1) ?? "") ||
        /^(?:=|:|:=|=>|\+=|<-)$/.test(words[1] ?? "") ||
        /[^/]:$/.test(words[0] ?? ""),
    )
  );
}

function flat(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((one) => [one, ...flat(one.block ?? [])]);
}

function read({ document, from }: Part, question: Question): Reading {
  const { directives: parsed } = parseFrom(document.lines, from, document.name, document.firstLine);
  const { directives, missing } = imported(parsed, document.isFile ? document.name : undefined);
  noteCredentials(question.secrets, { headers: headersIn(directives) });
  const { sites, global } = caddyfile(directives);
  const order = orderOf(global);
  const notFollowed = [...missing, ...order.notFollowed].map((one) => `${one.words.join(" ")} (${placeOf(one)})`);
  return {
    answers: answersOf(sites, question, order.names),
    notes: notFollowed.length > 0 ? [`Not here, or not followed: ${notFollowed.slice(0, 5).join(", ")}.`] : [],
    isPartial: notFollowed.length > 0,
  };
}

function headersIn(directives: readonly Directive[]): readonly { readonly name: string; readonly value: string }[] {
  return flat(directives)
    .filter(({ words }) => /^(?:header(?:_up|_down)?|request_header)$/.test(words[0] ?? ""))
    .map(({ words: [, name = "", value = ""] }) => ({ name: name.replace(/^[-+]/, ""), value }));
}

function answersOf(sites: readonly Site[], question: Question, order: readonly string[]): readonly Answered[] {
  const { host, secure } = question;
  if (host !== undefined) {
    const site = siteFor(sites, host, secure);
    return site ? ofSite(site, question, order) : sites.slice(0, 1).map((one) => noSite(one, { ...question, host }));
  }
  return sites.flatMap((one) => ofSite(one, question, order));
}

function ofSite(site: Site, question: Question, order: readonly string[]): readonly Answered[] {
  const host = question.host ?? hostOfSite(site);
  const isSecure = site.addresses.some((one) => one.isSecure);
  const secure = question.secure ?? isSecure;
  const paths = question.path === undefined ? samplesOf(site) : [question.path];
  if (question.secure === false && isSecure && site.addresses.every((one) => one.isSecure))
    return [toTls(site, host, paths[0] ?? "/")];
  const all = paths.map((path): Answered => {
    const asked = { path, host, secure };
    return { asked, outcome: evaluate(site, asked, order) };
  });
  const unlike = all.filter(
    ({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at,
  );
  return question.path === undefined
    ? unlike.filter(({ outcome }) => outcome.fate.kind !== "answered" && !/file_server$/.test(outcome.title))
    : unlike;
}

/** Caddy serves a site over TLS, and redirects to it. */
function toTls(site: Site, host: string, path: string): Answered {
  const by = site.heading ?? { file: "Caddyfile", line: 1 };
  const outcome: Outcome = {
    title: `${site.heading?.words.join(" ") ?? "site"}: automatic HTTPS`,
    fate: {
      kind: "answered",
      status: 308,
      to: `https://${host}${path}`,
      by,
      seen: { code: "REDIRECTED", fix: "Connect to wss://." },
    },
    beside: [],
    doubts: [],
  };
  return { asked: { path, host, secure: false }, outcome };
}

/** A path for each of the matchers that have some. */
function samplesOf({ block }: Site): readonly string[] {
  const paths = flat(block).flatMap(({ words }) => {
    if (words[0] === "path") return words.slice(1);
    if (words[0]?.startsWith("@")) return words[1] === "path" ? words.slice(2) : [];
    return words[1]?.startsWith("/") && words[0] !== "root" ? [words[1]] : [];
  });
  return [...new Set(["/", ...paths.map((path) => path.replace(/\*.*$/, ""))])]
    .filter((path) => path.startsWith("/"))
    .slice(0, 30);
}

function noSite(site: Site, { path = "/", host, secure }: Question & { readonly host: string }): Answered {
  const by = site.heading ?? { file: "Caddyfile", line: 1 };
  const address = `${secure === false ? "http://" : ""}${host}`;
  const outcome: Outcome = {
    title: `no site for ${host}`,
    fate: {
      kind: "answered",
      status: 200,
      by,
      seen: {
        code: "STATUS_NOT_101",
        detail: `no site of it is for ${host}: Caddy answers with an empty 200, or over TLS ends the handshake`,
        fix: "Give the site this address, too.",
        ...(site.heading && {
          snippet: instead(by, `${site.heading.words.join(" ").replace(/,$/, "")}, ${address} {`),
        }),
      },
    },
    beside: [],
    doubts: [],
  };
  return { asked: { path: bare(path), host, secure }, outcome };
}
