import { nameOfHost, portOf } from "../handshake.ts";
import { DIRECTIVE, type Directive } from "./parse.ts";

/** One site: the addresses before its brace, and what is in it. */
export interface Site {
  readonly heading: Directive | undefined;
  readonly addresses: readonly Address[];
  readonly block: readonly Directive[];
}

/** One address of a site. */
export interface Address {
  readonly text: string;
  /** undefined for any. */
  readonly host: string | undefined;
  readonly port: number;
  readonly isSecure: boolean;
}

/** A Caddyfile with its imports put in their place. */
export interface Caddyfile {
  readonly sites: readonly Site[];
  readonly global: readonly Directive[];
}

/** The sites of a Caddyfile; a piece of one stands for a site that has any host. */
export function caddyfile(directives: readonly Directive[]): Caddyfile {
  const [first] = directives;
  const global = first?.words.length === 0 ? (first.block ?? []) : [];
  const rest = directives.filter(({ words }) => words.length > 0 && !/^\(.*\)$/.test(words[0]!));
  if (rest.some(({ words }) => DIRECTIVE.test(words[0]!) && !words[0]!.startsWith("import"))) {
    const isBare = !DIRECTIVE.test(rest[0]!.words[0]!) && rest[0]!.block === undefined;
    const heading = isBare ? rest[0] : undefined;
    return { global, sites: [site(heading, isBare ? rest.slice(1) : rest)] };
  }
  return { global, sites: rest.filter(({ block }) => block !== undefined).map((one) => site(one, one.block ?? [])) };
}

function site(heading: Directive | undefined, block: readonly Directive[]): Site {
  const texts = (heading?.words ?? []).flatMap((word) => word.split(",")).filter((word) => word !== "");
  const addresses = texts.map(addressOf);
  return { heading, addresses: addresses.length > 0 ? addresses : [addressOf("http://")], block };
}

function addressOf(text: string): Address {
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?([^/]*)/.exec(text) ?? [];
  const port = portOf(rest) ?? (scheme === "http" ? 80 : 443);
  const host = rest.replace(/:\d*$/, "");
  return {
    text,
    host: host === "" || host === "*" ? undefined : host.toLowerCase(),
    port,
    isSecure: scheme !== "http" && port !== 80 && !(host === "" && scheme === undefined),
  };
}

/** The site that a request for a host comes to: the one that names it most precisely. */
export function siteFor(sites: readonly Site[], host: string, secure: boolean | undefined): Site | undefined {
  const name = nameOfHost(host);
  const port = portOf(host);
  const found = sites.flatMap((one) =>
    one.addresses
      .filter((address) => fitsPort(address, port, secure) && fitsName(address.host, name))
      .map(({ host: named = "" }) => ({ site: one, rank: named === name ? 2 : named === "" ? 0 : 1 })),
  );
  return found.toSorted((a, b) => b.rank - a.rank)[0]?.site;
}

function fitsPort({ port, isSecure }: Address, asked: number | undefined, secure: boolean | undefined): boolean {
  if (asked !== undefined) return port === asked;
  // A site with TLS is on port 80, too, and redirects from there.
  return secure !== true || isSecure || port === 443;
}

/** `*` stands for one label. */
function fitsName(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined || pattern === name) return true;
  if (pattern.includes("{")) return true;
  const labels = name.split(".");
  const parts = pattern.split(".");
  return parts.length === labels.length && parts.every((part, at) => part === "*" || part === labels[at]);
}

/** What a client of a site sends as Host. */
export function hostOfSite({ addresses: [address] }: Site): string {
  const { host, port } = address!;
  const name = host === undefined || /[*{]/.test(host) ? "app.example.com" : host;
  return port === 80 || port === 443 ? name : `${name}:${port}`;
}
