import type { Header } from "../../../doctor/answer.ts";
import type { Part } from "../../document.ts";
import type { Finding } from "../../explanation.ts";
import { noteCredentials } from "../../http/credentials.ts";
import type { Kind, Question } from "../../kind.ts";
import type { Asked } from "../handshake.ts";
import { placeOf } from "../place.ts";
import { evaluate, evaluateAt } from "./evaluate.ts";
import { included } from "./include.ts";
import { type Judged, judgeOutcome } from "./judge.ts";
import { nameOf } from "./location.ts";
import { type Directive, parseFrom } from "./parse.ts";
import { type Served, serversFor, serversOf } from "./servers.ts";

/** What a configuration of nginx, or a piece of one, begins with. */
const BEGINS =
  /^\s*(?:(?:http|server|events|stream)(?:\s*\{.*)?|(?:location|upstream)\s+[^:{]*\{.*|location\s+\S.*|upstream\s+[\w.-]+|map\s+\S+\s+\$\w+.*|(?:user|worker_processes|error_log|pid|include|load_module|worker_rlimit_nofile|daemon|master_process|listen|server_name|limit_\w+_zone|log_format)\s+[^:={}]*;.*|proxy_\w+\s+[^={}]*;.*)\s*(?:#.*)?$/;

/** What is nginx's alone: other programs have blocks as well. */
const OWN = new Set([
  "http",
  "events",
  "map",
  "proxy_pass",
  "location",
  "upstream",
  "fastcgi_pass",
  "uwsgi_pass",
  "grpc_pass",
  "passenger_enabled",
  "try_files",
  "server_name",
  "proxy_set_header",
  "worker_processes",
]);

/** A configuration of nginx: whole, with what it includes, or a piece. */
export const nginx: Kind = {
  recognise({ isText, lines }, at) {
    if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 500))) return undefined;
    const { directives, to } = parseFrom(lines, at, "");
    return directives.some(isOwn) ? to : undefined;
  },
  read(part, question) {
    const { document, from } = part;
    const { directives: parsed } = parseFrom(document.lines, from, document.name, document.firstLine);
    const { directives, missing } = included(parsed, document.isFile ? document.name : undefined);
    noteCredentials(question.secrets, { headers: headersIn(directives) });
    const servers = serversOf(directives);
    const findings = servers.length > 0 ? judged(servers, question) : [nothing(directives)];
    return findings.map((one) => withMissing({ ...one, lines: linesOf(part) }, missing));
  },
};

/** The headers that a configuration sets: a secret may be among them. */
function headersIn(directives: readonly Directive[]): readonly Header[] {
  return directives.flatMap(({ name, args, block }) => [
    ...(/_(?:set|add)_header$|^add_header$/.test(name) ? [{ name: args[0] ?? "", value: args[1] ?? "" }] : []),
    ...headersIn(block ?? []),
  ]);
}

function isOwn({ name, block }: Directive): boolean {
  return OWN.has(name) || (block ?? []).some(isOwn);
}

function linesOf({ from, to }: Part): readonly [number, number] {
  return [from, to];
}

function nothing(directives: readonly Directive[]): Finding {
  const isStream = directives.some(({ name }) => name === "stream");
  const what = isStream
    ? "It passes bytes on as they are (stream), and a WebSocket with them."
    : "No server of HTTP is in this configuration.";
  return { kind: "configuration", by: ["nginx"], input: "nginx", what, sure: true, codes: [] };
}

function withMissing(finding: Finding, missing: readonly Directive[]): Finding {
  if (missing.length === 0) return finding;
  const shown = missing.slice(0, 5).map((one) => `${one.args[0]} (${placeOf(one)})`);
  const note = [
    finding.note,
    `Not here, and not looked at: ${shown.join(", ")}. It may hold lines that are missing above.`,
  ]
    .filter(Boolean)
    .join(" ");
  return { ...finding, note, sure: false };
}

/** Of one path that is asked for each server that may have it; without one each location that passes requests on. */
function judged(servers: readonly Served[], { path, host, secure }: Question): readonly Finding[] {
  const chosen = serversFor(servers, host, secure);
  if (path !== undefined) {
    const asked = chosen.map((served) => ({ served, asked: { path, host: host ?? hostOf(served) } }));
    const all = asked.map(({ served, asked }) =>
      judgeOutcome(evaluate(served.server, served.outer, asked, secure ?? isSecure(served)), asked, false),
    );
    return withoutRedirects(all);
  }
  return sampled(chosen.flatMap(locationsOf));
}

/** A server that only leads to another one is not told beside it. */
function withoutRedirects(all: readonly Judged[]): readonly Finding[] {
  const rest = all.filter(
    ({ finding }) => !finding.codes.some((seen) => typeof seen === "object" && seen.code === "REDIRECTED"),
  );
  return (rest.length > 0 ? rest : all).map(({ finding }) => finding);
}

/** Which location is for sockets is not known: where one is right, the others need not be. */
function sampled(all: readonly Judged[]): readonly Finding[] {
  const right = all.filter(({ passes }) => passes);
  if (right.length === 0) return all.length > 0 ? all.map(({ finding }) => finding) : [NO_PASS];
  const others = all
    .filter(({ passes, finding }) => !passes && finding.codes.length > 0)
    .map(({ finding }) => finding.input);
  const note =
    others.length > 0
      ? `Upgrades do not pass in ${others.join(", ")}: ask with --for /path if that has sockets, too.`
      : undefined;
  return right.map(({ finding }) => ({
    ...finding,
    note: [finding.note, note].filter(Boolean).join(" ") || undefined,
  }));
}

const NO_PASS: Finding = {
  kind: "configuration",
  by: ["nginx"],
  input: "nginx",
  what: "Nothing is passed on to another server here: no location has a proxy_pass.",
  sure: true,
  codes: [],
  note: "Ask with --for /path what becomes of one.",
};

function locationsOf(served: Served): readonly Judged[] {
  const ways = waysOf(served.server.block ?? [], []);
  return ways.flatMap((way) => {
    const location = way.at(-1)!;
    const { modifier, path } = nameOf(location);
    if (/^(?:=|\^~)?$/.test(modifier) && !path.startsWith("/")) return [unreachable(location, path)];
    const asked: Asked = { path: path.startsWith("/") ? path : "/", host: hostOf(served) };
    const outcome = evaluateAt(served.server, served.outer, asked, isSecure(served), way);
    return /^(?:proxied|broken|other|app)$/.test(outcome.kind) ? [judgeOutcome(outcome, asked, true)] : [];
  });
}

/** `location ws`: nginx takes it, and no request ever gets there. */
function unreachable(location: Directive, path: string): Judged {
  const fix = `Write location /${path}.`;
  return {
    finding: {
      kind: "configuration",
      input: `location ${location.args.join(" ")}`,
      by: ["nginx"],
      what: "No request reaches this location: a path begins with a slash, and this does not.",
      sure: true,
      codes: [{ code: "NO_ROUTE", where: placeOf(location), fix }],
    },
    passes: false,
  };
}

/** All locations, each behind those that it is in; named ones are reached by others. */
function waysOf(block: readonly Directive[], outer: readonly Directive[]): readonly (readonly Directive[])[] {
  return block
    .filter((one) => one.name === "location" && nameOf(one).modifier !== "@")
    .flatMap((one) => [[...outer, one], ...waysOf(one.block ?? [], [...outer, one])]);
}

function isSecure({ ports }: Served): boolean | undefined {
  const kinds = new Set(ports.map(({ isTls, port }) => isTls || port === 443));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** What a client of a server sends as Host. */
function hostOf({ names, ports }: Served): string {
  const name = names.find((one) => /^[\w-]+(?:\.[\w-]+)*$/.test(one) && one !== "_") ?? "app.example.com";
  const port = ports[0]?.port ?? 80;
  return port === 80 || port === 443 ? name : `${name}:${port}`;
}
