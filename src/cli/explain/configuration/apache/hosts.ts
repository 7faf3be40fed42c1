import { nameOfHost, portOf } from "../handshake.ts";
import { type Directive, named } from "./parse.ts";

/** One virtual host, or the main server. */
export interface Host {
  /** What is in it, and then what it inherits. */
  readonly own: readonly Directive[];
  readonly main: readonly Directive[];
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly isSecure: boolean | undefined;
}

/** The virtual hosts of a configuration; the main server alone where there are none. */
export function hostsOf(directives: readonly Directive[]): readonly Host[] {
  const main = directives.filter(({ name }) => name !== "virtualhost");
  const virtual = named(directives, "virtualhost").map((one) => hostOf(one.block ?? [], main, one.args));
  return virtual.length > 0
    ? virtual
    : [
        hostOf(
          main,
          [],
          named(main, "listen").flatMap(({ args }) => args.slice(0, 1)),
        ),
      ];
}

function hostOf(own: readonly Directive[], main: readonly Directive[], addresses: readonly string[]): Host {
  const names = ["servername", "serveralias"].flatMap((name) => named(own, name).flatMap(({ args }) => args));
  const ports = addresses.flatMap((address) => portOf(`:${address}`.replace(/^:.*:/, ":")) ?? []);
  const engine = named(own, "sslengine").at(-1)?.args[0]?.toLowerCase();
  const isSecure = engine === "on" ? true : ports.length > 0 ? ports.every((port) => port === 443) : undefined;
  return { own, main, names: names.map((name) => name.replace(/^\w+:\/\//, "").toLowerCase()), ports, isSecure };
}

/** The hosts that may get a request: of those on its port the one that is named so, else the first. */
export function hostsFor(
  hosts: readonly Host[],
  host: string | undefined,
  secure: boolean | undefined,
): readonly Host[] {
  const fitting = hosts.filter((one) => fits(one, host, secure));
  if (host === undefined) return fitting;
  const name = nameOfHost(host);
  const chosen = fitting.find(({ names }) => names.some((one) => isNamed(one, name))) ?? fitting[0];
  return chosen ? [chosen] : [];
}

function fits({ ports, isSecure }: Host, host: string | undefined, secure: boolean | undefined): boolean {
  const port = host === undefined ? undefined : portOf(host);
  if (port !== undefined) return ports.length === 0 || ports.includes(port);
  return secure === undefined || isSecure === undefined || isSecure === secure;
}

/** `*` and `?` are wildcards. */
function isNamed(pattern: string, name: string): boolean {
  const bare = pattern.replace(/:\d+$/, "");
  if (!/[*?]/.test(bare)) return bare === name;
  const escaped = bare.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
}

/** What a client of a host sends as Host. */
export function hostOfClient({ names, ports }: Host): string {
  const name = names.find((one) => /^[\w.-]+(?::\d+)?$/.test(one))?.replace(/:\d+$/, "") ?? "app.example.com";
  const port = ports[0] ?? 80;
  return port === 80 || port === 443 ? name : `${name}:${port}`;
}
