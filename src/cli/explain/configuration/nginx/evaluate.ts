import type { Asked } from "../handshake.ts";
import { errorPage } from "./error-page.ts";
import { gateOf } from "./gate.ts";
import { chooseLocation } from "./location.ts";
import type { Answered, Outcome } from "./outcome.ts";
import type { Directive } from "./parse.ts";
import { proxied } from "./proxy.ts";
import { rewrite } from "./rewrite.ts";
import { nearest, type Scope } from "./scope.ts";
import { type Value, Variables } from "./variables.ts";

/** nginx gives up, too. */
const MOST_ROUNDS = 10;

/** What answers by itself, in nginx. */
const PROGRAM =
  /^(?:content_by_lua(?:_block|_file)?|js_content|perl|nchan_(?:pubsub|subscriber)|push_stream_(?:websocket|subscriber))$/;

/** What is decided in a place. */
interface Place {
  readonly scope: Scope;
  readonly path: string;
  /** With its question mark; "" for none. */
  readonly query: string;
  readonly isChanged: boolean;
  readonly doubts: readonly Directive[];
  /** Whether an error_page led here: no other one is followed then. */
  readonly isError?: true;
}

/** What a server of nginx does with a handshake, by the blocks around it, the innermost first. */
export function evaluate(
  server: Directive,
  outer: Scope | undefined,
  asked: Asked,
  secure: boolean | undefined,
): Outcome {
  return new Evaluation(server, outer, asked, secure).outcome();
}

/** The same for a request that reaches a location, by the locations that it is in. */
export function evaluateAt(
  server: Directive,
  outer: Scope | undefined,
  asked: Asked,
  secure: boolean | undefined,
  way: readonly Directive[],
): Outcome {
  return new Evaluation(server, outer, asked, secure).at(way);
}

class Evaluation {
  readonly #server: Directive;
  readonly #scope: Scope;
  readonly #asked: Asked;
  readonly #variables: Variables;

  constructor(server: Directive, outer: Scope | undefined, asked: Asked, secure: boolean | undefined) {
    this.#server = server;
    this.#scope = { directives: server.block ?? [], outer };
    this.#asked = asked;
    this.#variables = new Variables(known(asked, secure), mapsOf(outer));
  }

  /** What becomes of a request that reaches these locations, whatever its path is. */
  at(way: readonly Directive[]): Outcome {
    return this.#inside(
      { scope: within(way, this.#scope), ...this.#begun, isChanged: false, doubts: [] },
      way.at(-1),
      0,
    );
  }

  get #begun(): { readonly path: string; readonly query: string } {
    const { path } = this.#asked;
    return { path: bare(path), query: path.includes("?") ? path.slice(path.indexOf("?")) : "" };
  }

  outcome(): Outcome {
    const { path: first, query: firstQuery } = this.#begun;
    const { path, query, answer, doubts, entered, isChanged } = rewrite(
      this.#server.block ?? [],
      first,
      firstQuery,
      this.#variables,
    );
    const place = { scope: within(entered, this.#scope), path, query, isChanged, doubts };
    return answer ? this.#answered(answer, place, undefined, 0) : this.#choose(place, 0);
  }

  #choose(place: Place, round: number): Outcome {
    const chosen = chooseLocation(this.#server.block ?? [], place.path);
    const location = chosen?.way.at(-1);
    if (chosen?.isSlashRedirect) {
      return { kind: "answered", status: 301, to: `${place.path}/`, by: location!, location, doubts: place.doubts };
    }
    if (chosen?.match) this.#variables.setGroups(chosen.match);
    return this.#inside({ ...place, scope: within(chosen?.way ?? [], place.scope) }, location, round);
  }

  #inside(place: Place, location: Directive | undefined, round: number): Outcome {
    const {
      path,
      query,
      answer,
      again,
      isChanged,
      entered,
      doubts: more,
    } = rewrite(location?.block ?? [], place.path, place.query, this.#variables);
    const doubts = [...place.doubts, ...more];
    const scope = within(entered, place.scope);
    const here = { ...place, scope, path, query, isChanged: place.isChanged || isChanged, doubts };
    if (answer) return this.#answered(answer, here, location, round);
    if (again && round < MOST_ROUNDS)
      return this.#choose({ scope: this.#scope, path, query, isChanged: true, doubts }, round + 1);
    const gate = gateOf(scope);
    if (gate.answer) return this.#answered(gate.answer, here, location, round);
    return this.#handled({ ...here, doubts: [...doubts, ...gate.doubts] }, location, round);
  }

  /** An answer of nginx's own, unless an error_page passes it on. */
  #answered(answer: Omit<Answered, "kind">, place: Place, location: Directive | undefined, round: number): Outcome {
    const page = place.isError ? undefined : errorPage(place.scope, answer.status);
    const named = page && this.#named(page.to);
    if (named && page.isReplaced && round < MOST_ROUNDS) return this.#enter(named, { ...place, isError: true }, round);
    const isKept = named !== undefined && !page?.isReplaced;
    return { kind: "answered", ...answer, ...(isKept && { page: page!.by }), location, doubts: place.doubts };
  }

  #named(name: string): Directive | undefined {
    if (!name.startsWith("@")) return undefined;
    return (this.#server.block ?? []).find((one) => one.name === "location" && one.args[0] === name);
  }

  #enter(named: Directive, place: Place, round: number): Outcome {
    return this.#inside({ ...place, scope: within([named], this.#scope) }, named, round + 1);
  }

  /** What the location does with what it has: only its own block, or an `if` in it, may say. */
  #handled(place: Place, location: Directive | undefined, round: number): Outcome {
    const { scope, path, doubts } = place;
    const answers = own(scope, location).find(
      ({ name }) => /_pass$/.test(name) || name === "deny" || name === "try_files",
    );
    const pass = own(scope, location).findLast(({ name }) =>
      /^(?:proxy|fastcgi|uwsgi|scgi|memcached|grpc)_pass$/.test(name),
    );
    const files = nearest(scope, "try_files");
    if (files && (!pass || files === answers)) return this.#files(files, place, location, round);
    const program = own(scope, location).findLast(({ name }) => PROGRAM.test(name));
    if (!pass && program) return { kind: "app", by: program, location, doubts };
    const app = nearest(scope, "passenger_enabled");
    if (!pass && app?.args[0] === "on") return { kind: "app", by: app, location, doubts };
    if (!pass) return { kind: "static", by: undefined, fallback: undefined, location, doubts };
    if (/^(?:uwsgi|scgi)_pass$/.test(pass.name)) return { kind: "app", by: pass, location, doubts };
    if (pass.name !== "proxy_pass") return { kind: "other", by: pass, location, doubts };
    const asked = { ...this.#asked, path: place.isChanged ? path + place.query : this.#asked.path };
    const result = proxied(pass, scope, location, asked, place.isChanged, this.#variables);
    if ("why" in result) return { kind: "broken", by: pass, why: result.why, location, doubts };
    return { ...result, location, doubts };
  }

  /** No file has a socket's path: the last word of try_files decides. */
  #files(files: Directive, place: Place, location: Directive | undefined, round: number): Outcome {
    const template = files.args.at(-1) ?? "";
    const last = this.#variables.text(template);
    const { doubts } = place;
    if (last?.startsWith("="))
      return this.#answered({ status: Number(last.slice(1)), to: "", by: files }, place, location, round);
    const named = this.#named(last ?? "");
    if (named && round < MOST_ROUNDS) return this.#enter(named, place, round);
    if (last === undefined && !template.startsWith("/")) return { kind: "unknown", by: files, location, doubts };
    return { kind: "static", by: files, fallback: template, location, doubts };
  }
}

/** The directives of a location itself, and of the blocks of `if` in it. */
function own(scope: Scope, location: Directive | undefined): readonly Directive[] {
  const blocks: (readonly Directive[])[] = [];
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    blocks.unshift(at.directives);
    if (at.directives === location?.block || location === undefined) break;
  }
  return blocks.flat();
}

/** The scope inside of blocks, the outermost first. */
function within(blocks: readonly Directive[], outer: Scope): Scope {
  return blocks.reduce((scope, { block = [] }): Scope => ({ directives: block, outer: scope }), outer);
}

/** The path without its query. */
function bare(path: string): string {
  return path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/");
}

function mapsOf(scope: Scope | undefined): readonly Directive[] {
  const maps: Directive[] = [];
  for (let at = scope; at; at = at.outer) maps.push(...at.directives.filter(({ name }) => name === "map"));
  return maps;
}

/** What is known of a handshake that a browser sends. */
function known({ path, host }: Asked, secure: boolean | undefined): ReadonlyMap<string, Value> {
  const name = host.replace(/:\d+$/, "");
  const query = path.split("?")[1] ?? "";
  return new Map<string, Value>([
    ["http_upgrade", "websocket"],
    ["http_connection", "Upgrade"],
    ["http_host", host],
    ["http_origin", undefined],
    ["host", name.toLowerCase()],
    ["request_method", "GET"],
    ["request_uri", path],
    ["uri", bare(path)],
    ["document_uri", bare(path)],
    ["args", query],
    ["query_string", query],
    ["is_args", query === "" ? "" : "?"],
    ["scheme", secure === undefined ? undefined : secure ? "https" : "http"],
    ["https", secure === undefined ? undefined : secure ? "on" : ""],
    ["server_protocol", "HTTP/1.1"],
    ["server_port", /:(\d+)$/.exec(host)?.[1]],
  ]);
}
