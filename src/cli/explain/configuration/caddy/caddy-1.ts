import { headerValue, type RequestHead } from "../../http/request-head.ts";
import type { Question } from "../../kind.ts";
import { type Asked, bare, handshakeFor, UNKNOWN, withHeader, withoutUpgrade } from "../handshake.ts";
import type { Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { beginsCaddyfile } from "./index.ts";
import { type Directive, parseFrom } from "./parse.ts";
import { caddyfile, hostOfSite, type Site, siteFor } from "./sites.ts";

const NOTE =
  "This is a Caddyfile of Caddy 1, told by its documentation: Caddy 2 does not start with it, and passes upgrades on by itself where reverse_proxy stands.";

/** A Caddyfile of Caddy 1, whose `proxy` is told to carry upgrades by `websocket`. */
export const caddy1: ProxyReader = {
  name: "Caddy 1",
  look(document, at) {
    if (!beginsCaddyfile(document, at)) return undefined;
    const { directives, to, isWhole } = parseFrom(document.lines, at, "");
    return { to, isOurs: isWhole && directives.some(hasProxy) };
  },
  read({ document, from }, question) {
    const { directives } = parseFrom(document.lines, from, document.name, document.firstLine);
    const { sites } = caddyfile(directives);
    const { host, secure } = question;
    const asked = host === undefined ? sites : sites.filter((one) => one === siteFor(sites, host, secure));
    return { answers: asked.flatMap((site) => answersOf(site, question)), notes: [NOTE] } satisfies Reading;
  },
};

/** `proxy FROM TO`. */
function isProxy({ words: [name, from = "", to] }: Directive): boolean {
  return name === "proxy" && from.startsWith("/") && to !== undefined && !/^[=:]/.test(to);
}

function hasProxy(one: Directive): boolean {
  return isProxy(one) || (one.block ?? []).some(isProxy);
}

function answersOf(site: Site, question: Question): readonly Answered[] {
  const proxies = site.block.filter(isProxy);
  const host = question.host ?? hostOfSite(site);
  const asked = (path: string): Asked => ({ path, host, secure: question.secure });
  if (question.path === undefined) return proxies.map((one) => passedBy(one, asked(one.words[1]!)));
  const path = bare(question.path);
  const fitting = proxies
    .filter((one) => path.startsWith(one.words[1]!) && !settings(one, "except").some((other) => path.startsWith(other)))
    .toSorted((a, b) => b.words[1]!.length - a.words[1]!.length);
  return fitting.slice(0, 1).map((one) => passedBy(one, asked(question.path!)));
}

/** What stands behind a word in the block of a proxy, in all of its lines. */
function settings({ block = [] }: Directive, name: string): readonly string[] {
  return block.filter(({ words }) => words[0] === name).flatMap(({ words }) => words.slice(1));
}

function passedBy(one: Directive, asked: Asked): Answered {
  const [, from = "", upstream = ""] = one.words;
  const fate: Passed = {
    kind: "passed",
    by: one,
    upstream,
    request: upstreamOf(one, asked, upstream),
    idleMs: Number.POSITIVE_INFINITY,
    idleBy: "",
    mend: (code) => mended(one, code === "ORIGIN_REJECTED" ? "transparent" : "websocket"),
  };
  return { asked, outcome: { title: `proxy ${from} → ${upstream}`, fate, beside: [], doubts: [] } };
}

function mended(one: Directive, word: string) {
  const fix = `Write ${word} into the block of this proxy.`;
  const snippet = one.block ? behind(one, `    ${word}`) : instead(one, `  ${one.words.join(" ")} {\n    ${word}\n  }`);
  return { where: placeOf(one), fix, snippet };
}

/** `websocket` and `transparent` are short for lines of header_upstream. */
function upstreamOf(one: Directive, asked: Asked, upstream: string): RequestHead {
  const client = handshakeFor(asked);
  const block = one.block ?? [];
  const has = (word: string) => block.some(({ words }) => words[0] === word);
  const prefix = settings(one, "without")[0];
  const target =
    prefix !== undefined && client.target.startsWith(prefix) ? client.target.slice(prefix.length) : client.target;
  const bareRequest = withHeader({ ...withoutUpgrade(client), target }, "Host", upstream.replace(/^\w+:\/\//, ""));
  const presets: readonly (readonly [string, string])[] = [
    ...(has("websocket")
      ? ([
          ["Connection", "{>Connection}"],
          ["Upgrade", "{>Upgrade}"],
        ] as const)
      : []),
    ...(has("transparent") ? ([["Host", "{host}"]] as const) : []),
  ];
  const set = block
    .filter(({ words }) => /^(?:header_upstream|proxy_header)$/.test(words[0] ?? ""))
    .map(({ words: [, name = "", value = ""] }) => [name, value] as const);
  return [...presets, ...set].reduce((head, [name, value]) => edited(head, name, value, client), bareRequest);
}

function edited(head: RequestHead, name: string, value: string, client: RequestHead): RequestHead {
  if (name.startsWith("-")) return withHeader(head, name.slice(1), undefined);
  return withHeader(head, name.replace(/^\+/, ""), filled(value, client));
}

/** `{>Name}` is a header of the client, and `{host}` its Host. */
function filled(value: string, client: RequestHead): string | undefined {
  if (value === "{host}" || value === "{hostonly}") return headerValue(client, "host") ?? undefined;
  const name = /^\{>([\w-]+)\}$/.exec(value)?.[1];
  if (name !== undefined) return headerValue(client, name.toLowerCase()) ?? undefined;
  return /[{}]/.test(value) ? UNKNOWN : value;
}
