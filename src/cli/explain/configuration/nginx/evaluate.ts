import type { Asked } from "../handshake.ts";
import { gateOf } from "./gate.ts";
import { chooseLocation } from "./location.ts";
import type { Outcome } from "./outcome.ts";
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
    const scope = way.reduce((outer, one): Scope => ({ directives: one.block ?? [], outer }), this.#scope);
    return this.#inside({ scope, ...this.#begun, isChanged: false, doubts: [] }, way.at(-1), 0);
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
    if (answer) return { kind: "answered", ...answer, location: undefined, doubts };
    const scope = entered.reduce((outer, one): Scope => ({ directives: one.block ?? [], outer }), this.#scope);
    return this.#choose({ scope, path, query, isChanged, doubts }, 0);
  }

  #choose(place: Place, round: number): Outcome {
    const chosen = chooseLocation(this.#server.block ?? [], place.path);
    const location = chosen?.way.at(-1);
    if (chosen?.isSlashRedirect) {
      return { kind: "answered", status: 301, to: `${place.path}/`, by: location!, location, doubts: place.doubts };
    }
    for (const [at, group] of (chosen?.groups ?? []).entries()) this.#variables.set(`${at + 1}`, group);
    const scope = (chosen?.way ?? []).reduce(
      (outer, one): Scope => ({ directives: one.block ?? [], outer }),
      place.scope,
    );
    return this.#inside({ ...place, scope }, location, round);
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
    if (answer) return { kind: "answered", ...answer, location, doubts };
    if (again && round < MOST_ROUNDS)
      return this.#choose({ scope: this.#scope, path, query, isChanged: true, doubts }, round + 1);
    const scope = entered.reduce((outer, one): Scope => ({ directives: one.block ?? [], outer }), place.scope);
    const gate = gateOf(scope);
    if (gate.answer) return { kind: "answered", ...gate.answer, location, doubts };
    const all = [...doubts, ...gate.doubts];
    return this.#handled({ scope, path, query, isChanged: place.isChanged || isChanged, doubts: all }, location, round);
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
    const last = files.args.at(-1) ?? "";
    const { doubts } = place;
    if (last.startsWith("="))
      return { kind: "answered", status: Number(last.slice(1)), to: "", by: files, location, doubts };
    if (last.startsWith("@")) {
      const named = (this.#server.block ?? []).find(({ name, args }) => name === "location" && args[0] === last);
      if (named && round < MOST_ROUNDS) {
        return this.#inside(
          { ...place, scope: { directives: named.block ?? [], outer: this.#scope } },
          named,
          round + 1,
        );
      }
    }
    return { kind: "static", by: files, fallback: last, location, doubts };
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
