import type { Directive } from "./parse.ts";
import type { Scope } from "./scope.ts";

/** A server of a configuration, and what stands around it. */
export interface Served {
  readonly server: Directive;
  readonly outer: Scope | undefined;
  readonly names: readonly string[];
  readonly ports: readonly Listened[];
}

/** One `listen`. */
export interface Listened {
  readonly port: number;
  readonly isTls: boolean;
  readonly isDefault: boolean;
}

/** The servers of a configuration, be it whole, or only a piece of one that stands in some block. */
export function serversOf(directives: readonly Directive[]): readonly Served[] {
  const top: Scope = { directives, outer: undefined };
  const http = directives.filter(({ name }) => name === "http");
  const inside = http.flatMap((one) => blocks(one.block ?? [], { directives: one.block ?? [], outer: top }));
  const bare = blocks(directives, top);
  const found = [...inside, ...bare];
  if (found.length > 0 || http.length > 0) return found;
  const piece = pieceOf(directives);
  return piece ? [served(piece, top)] : [];
}

function blocks(directives: readonly Directive[], outer: Scope): readonly Served[] {
  return directives.filter(({ name, block }) => name === "server" && block).map((server) => served(server, outer));
}

/** Locations alone, or what stands in one, as the server that they are of. */
function pieceOf(directives: readonly Directive[]): Directive | undefined {
  const [first] = directives;
  if (!first || !directives.some(({ name }) => name === "location" || name === "proxy_pass")) return undefined;
  const made = (name: string, args: readonly string[], block: readonly Directive[]): Directive => ({
    name,
    args,
    block,
    file: first.file,
    line: first.line,
  });
  const isInside = directives.some(({ name }) => name === "proxy_pass");
  return made("server", [], isInside ? [made("location", ["/"], directives)] : directives);
}

function served(server: Directive, outer: Scope): Served {
  const block = server.block ?? [];
  const names = block.filter(({ name }) => name === "server_name").flatMap(({ args }) => args);
  const listens = block.filter(({ name }) => name === "listen");
  return {
    server,
    outer,
    names,
    ports: listens.length > 0 ? listens.map(listened) : [{ port: 80, isTls: false, isDefault: false }],
  };
}

function listened({ args: [address = "", ...options] }: Directive): Listened {
  const port = Number(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? 80);
  return {
    port,
    isTls: options.includes("ssl"),
    isDefault: options.includes("default_server") || options.includes("default"),
  };
}

/** The servers that may get a request for a host: by name, then the default one (ngx_http_find_virtual_server). */
export function serversFor(
  servers: readonly Served[],
  host: string | undefined,
  secure: boolean | undefined,
): readonly Served[] {
  const listening = servers.filter(({ ports }) => ports.some((one) => fitsPort(one, host, secure)));
  if (host === undefined) return listening.length > 0 ? listening : servers;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const fits = RANKS.map((rank) => listening.find(({ names }) => names.some((one) => rank(one, name)))).find(Boolean);
  const fallback = listening.find(({ ports }) => ports.some(({ isDefault }) => isDefault)) ?? listening[0];
  const chosen = fits ?? fallback;
  return chosen ? [chosen] : [];
}

function fitsPort({ port, isTls }: Listened, host: string | undefined, secure: boolean | undefined): boolean {
  const asked = /:(\d+)$/.exec(host ?? "")?.[1];
  if (asked !== undefined) return port === Number(asked);
  if (secure === undefined) return true;
  return secure ? isTls || port === 443 : !isTls && port !== 443;
}

/** Exact names first, then the longest wildcards, then patterns. */
const RANKS: readonly ((pattern: string, name: string) => boolean)[] = [
  (pattern, name) =>
    pattern.toLowerCase() === name || (pattern.startsWith(".") && name === pattern.slice(1).toLowerCase()),
  (pattern, name) => /^\*?\./.test(pattern) && name.endsWith(pattern.replace(/^\*/, "").toLowerCase()),
  (pattern, name) => pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1).toLowerCase()),
  (pattern, name) => pattern.startsWith("~") && safeTest(pattern.slice(1), name),
];

function safeTest(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, "i").test(name);
  } catch {
    return false;
  }
}
