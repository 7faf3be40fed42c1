import type { Part } from "../../document.ts";
import { noteCredentials } from "../../http/credentials.ts";
import type { Question } from "../../kind.ts";
import { lookup } from "../lookup.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { evaluate } from "./evaluate.ts";
import { expanded } from "./expand.ts";
import { type Host, hostOfClient, hostsFor, hostsOf } from "./hosts.ts";
import { type Directive, named, parseFrom } from "./parse.ts";
import { shown } from "./shown.ts";

/** What a configuration of Apache, or a piece of one, begins with. */
const BEGINS =
  /^\s*(?:<(?:VirtualHost|Location(?:Match)?|Proxy(?:Match)?|IfModule|IfDefine|If|Macro|Directory(?:Match)?)\b[^>]*>|(?:ProxyPass(?:Match|Reverse)?|ProxyPreserveHost|ProxyRequests|RewriteEngine|RewriteBase|RewriteCond|RewriteRule|LoadModule|ServerRoot|ServerName|DocumentRoot|Listen|Protocols|SSLEngine|SSLProxyEngine|RequestHeader|H2WebSockets|Define|IncludeOptional|BalancerMember|ServerTokens|ServerAdmin|Timeout)\s+\S.*)$/;

/** What is Apache's alone, with what stands behind it: prose may begin with a directive's name. */
const OWN: Readonly<Record<string, RegExp>> = {
  virtualhost: /./,
  locationmatch: /./,
  proxypass: /^(?:[/!]|\w+:\/\/)/,
  proxypassmatch: /^(?:[\^/(]|\w+:\/\/)/,
  proxypassreverse: /^(?:\/|\w+:\/\/)/,
  proxypreservehost: /^(?:on|off)$/i,
  rewriterule: /^\S+ \S+/,
  loadmodule: /^\w+_module /,
  sslproxyengine: /^(?:on|off)$/i,
  h2websockets: /^(?:on|off)$/i,
  includeoptional: /^\S+$/,
};

/** A configuration of Apache: whole, with what it includes, or a piece. */
export const apache: ProxyReader = {
  name: "Apache",
  look({ isText, lines }, at) {
    if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 500))) return undefined;
    const { directives, to } = parseFrom(lines, at, "");
    return { to, isOurs: directives.some(isOwn) };
  },
  read,
};

function isOwn({ name, args, block }: Directive): boolean {
  return lookup(OWN, name)?.test(args.join(" ")) === true || (block ?? []).some(isOwn);
}

function read({ document, from }: Part, question: Question): Reading {
  const { directives: parsed } = parseFrom(document.lines, from, document.name, document.firstLine);
  const { directives, missing, doubts } = expanded(parsed, document.isFile ? document.name : undefined);
  noteCredentials(question.secrets, { headers: headersIn(directives) });
  const hosts = hostsFor(hostsOf(directives), question.host, question.secure);
  const answers = hosts.flatMap((host) => answersOf(host, question));
  const notFollowed = [...missing, ...doubts].slice(0, 5).map((one) => `${shown(one)} (${placeOf(one)})`);
  return {
    answers: withoutRedirects(answers, question),
    notes: [
      ...(notFollowed.length > 0 ? [`Not here, or not followed: ${notFollowed.join(", ")}.`] : []),
      ...literals(directives),
      ...overrides(directives),
      ...overHttp2(directives),
    ],
    isPartial: notFollowed.length > 0,
  };
}

/** The headers that a configuration sets: a secret may be among them. */
function headersIn(directives: readonly Directive[]): readonly { readonly name: string; readonly value: string }[] {
  return directives.flatMap(({ name, args, block }) => [
    ...(/^(?:request)?header$/.test(name) ? [{ name: args[1] ?? "", value: args[2] ?? "" }] : []),
    ...headersIn(block ?? []),
  ]);
}

function answersOf(host: Host, { path, host: name, secure }: Question): readonly Answered[] {
  const asked = { host: name ?? hostOfClient(host), secure: secure ?? host.isSecure };
  const paths = path === undefined ? samplesOf(host) : [path];
  const all = paths.map((one) => ({
    asked: { ...asked, path: one },
    outcome: evaluate(host, { ...asked, path: one }),
  }));
  return all.filter(({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at);
}

/** A path for each rule that passes requests on. */
function samplesOf({ own, main }: Host): readonly string[] {
  const all = own === main ? main : [...own, ...main];
  const paths = all.flatMap(({ name, args, block }) => {
    const [first = "", second = ""] = args;
    if (name === "proxypass" && second !== "!") return [first];
    if (name === "location" && named(block ?? [], "proxypass").length > 0) return [first];
    const isPattern =
      name === "proxypassmatch" ||
      name === "locationmatch" ||
      (name === "rewriterule" && /\bP\b|proxy/.test(args[2] ?? ""));
    return isPattern ? [beginning(first)] : [];
  });
  return [...new Set(paths.filter((path) => path.startsWith("/")))];
}

/** What a pattern begins with, as a path. */
function beginning(pattern: string): string {
  const literal = /^\^?((?:[\w/.-](?![*+?{]))*)/.exec(pattern.replace(/^\^?\/\?/, "/"))?.[1] ?? "";
  return literal.startsWith("/") ? literal : `/${literal}`;
}

/** A host that only leads to another one is not told beside it. */
function withoutRedirects(answers: readonly Answered[], { path }: Question): readonly Answered[] {
  const rest = answers.filter(
    ({ outcome: { fate } }) => fate.kind !== "answered" || fate.status >= 400 || fate.status < 300,
  );
  return path === undefined || rest.length > 0 ? rest : answers;
}

/** Only ProxyPassMatch has patterns: seen with Apache 2.4. */
function literals(directives: readonly Directive[]): readonly string[] {
  const all = [...directives, ...directives.flatMap(({ block }) => block ?? [])];
  return named(all, "proxypass")
    .filter(({ args: [path = "", target = ""] }) => /\$\d|\(\.[*+]|^\^|\.\*$/.test(path) || /\$\d/.test(target))
    .map(
      (one) =>
        `${shown(one)} (${placeOf(one)}) has no pattern: ProxyPass takes each of its signs as it stands, and ProxyPassMatch is for patterns.`,
    );
}

function overrides(directives: readonly Directive[]): readonly string[] {
  const all = [...directives, ...directives.flatMap(({ block }) => block ?? [])];
  const one = named(all, "proxyerroroverride").find(({ args }) => /^on$/i.test(args[0] ?? ""));
  if (!one) return [];
  return [
    `ProxyErrorOverride (${placeOf(one)}) puts pages of Apache's own in the place of a refusal's text and headers.`,
  ];
}

/** RFC 8441 in front. */
function overHttp2(directives: readonly Directive[]): readonly string[] {
  const all = [...directives, ...directives.flatMap(({ block }) => block ?? [])];
  const one = named(all, "h2websockets").find(({ args }) => /^on$/i.test(args[0] ?? ""));
  if (!one) return [];
  return [
    `H2WebSockets (${placeOf(one)}) lets clients that speak HTTP/2 open WebSockets by RFC 8441; to the server goes an ordinary handshake.`,
  ];
}
