import type { ServerOptions as TlsOptions } from "node:https";
import { describe } from "../../core/contract/describe.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import type { Proxies } from "../../core/upgrade/remote-address.ts";
import type { HostOptions } from "../../core/upgrade/serve.ts";
import { HOST_OPTIONS } from "../shared/host-options.ts";

/** Options of {@link attach}. */
export interface AttachOptions<Env = unknown> extends HostOptions<Env> {
  /** Your own proxies, whose `X-Forwarded-For` and `X-Forwarded-Host`, or `Forwarded`, are believed: `trustProxies(["10.0.0.0/8"])` of `onesocket/proxies`. Default: none. */
  readonly proxies?: Proxies | undefined;
  /** The only path that it takes, such as `"/chat"`. Default: all of them. */
  readonly path?: string | undefined;
}

/** Options of {@link serve}. */
export interface ServeOptions<Env = unknown> extends AttachOptions<Env> {
  /** 0 for any free port. Default 3000. */
  readonly port?: number | undefined;
  /** Default: every interface. */
  readonly hostname?: string | undefined;
  /**
   * Several processes or threads listen on one port, and the system spreads connections among them; a second program on it is no error then. Linux,
   * FreeBSD and the like: macOS and Windows refuse it. Default false.
   */
  readonly reusePort?: boolean | undefined;
  /** Key and certificate, for https and wss. */
  readonly tls?: TlsOptions | undefined;
  /** HTTP/2 beside HTTP/1.1, and WebSockets over both. Needs `tls`, since browsers do. Default false. */
  readonly http2?: boolean | undefined;
}

const ATTACH_OPTIONS = { ...HOST_OPTIONS, path: true } satisfies Record<keyof AttachOptions, true>;

const SERVE_OPTIONS = {
  ...ATTACH_OPTIONS,
  port: true,
  hostname: true,
  reusePort: true,
  tls: true,
  http2: true,
} satisfies Record<keyof ServeOptions, true>;

/**
 * Throws a TypeError for options that are no object, or of which there is one that `attach`, or what takes the same options, does not
 * have. `of`: the function that they were given to; `more`: its options beside those of `attach`. The values are the host's to check.
 */
export function checkOptionNames(options: unknown, of: string, more: object = {}): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new TypeError(`${of} takes options, { … }, not ${shownWithPort(options)}`);
  const known = Object.keys({ ...ATTACH_OPTIONS, ...more });
  for (const name of Object.keys(options)) {
    const place = known.includes(name) ? undefined : placeOf(name);
    if (place) throw new TypeError(`${of} has no option ${shown(name)}: ${place}`);
  }
  checkNames(options, known, of);
}

/** Where an option belongs that somebody looks for here. */
function placeOf(name: string): string | undefined {
  if (name === "host") return 'did you mean "hostname"?';
  if (name === "port") return "the server listens by itself";
  if (/^(key|cert|pfx|ca)$/.test(name)) return "it belongs into tls: { key, cert }";
  if (/^(origins|protocols|limits|heartbeat|compression|upgrade)$/.test(name))
    return `a definition has, defineSocket({ ${name}: … })`;
  return undefined;
}

/** Throws a TypeError for options of `serve` that make no sense, but for those of `attach` among them. */
export function checkServe(options: ServeOptions): void {
  checkOptionNames(options, "serve", SERVE_OPTIONS);
  const { port = 0, hostname = "", tls, http2, reusePort = false } = options;
  // A string is what an environment variable holds.
  if (!/number|string/.test(typeof port) || !/^\d{1,5}$/.test(`${port}`) || Number(port) > 65_535) {
    const unset = Number.isNaN(port) ? ": is what it comes from set?" : "";
    throw new TypeError(`a port is a whole number from 0 to 65535, not ${shown(port)}${unset}`);
  }
  if (typeof hostname !== "string" || /\/|^[^:]*:[^:]*$/.test(hostname))
    throw new TypeError(`a hostname is a name or an address, not ${shown(hostname)}`);
  if (tls !== undefined && !hasKey(tls))
    throw new TypeError(`tls takes key and certificate, { key, cert }, not ${shown(tls)}`);
  // Node overlooks all else, and a second process would be told that the port is taken.
  if (typeof reusePort !== "boolean") throw new TypeError(`reusePort is true or false, not ${shown(reusePort)}`);
  if (http2 && !tls) throw new TypeError("http2 needs tls: key and certificate");
}

function hasKey(tls: unknown): boolean {
  const { key, cert, pfx, SNICallback, secureContext } = Object(tls) as Record<string, unknown>;
  return Boolean((key && cert) || pfx || SNICallback || secureContext);
}

/** What was given, for the words about it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : describe(value);
}

/** The same where a port may have been meant, with the line for it. */
export function shownWithPort(value: unknown): string {
  return `${shown(value)}${Number.isInteger(value) ? `: serve(…, { port: ${value} })` : ""}`;
}

/** A path as the URL parser writes it, so that it can be compared. Throws a TypeError for what is none. */
export function pathOf(path: unknown): string | undefined {
  if (path === undefined) return undefined;
  if (typeof path !== "string") throw new TypeError(`a path is a string such as "/chat", not ${shown(path)}`);
  const right = path.replace(/^([a-z]+:\/\/[^/]*)?\/?/i, "/").replace(/[?#].*/s, "");
  const rule = path.startsWith("/") ? "has no query" : "begins with a slash";
  if (path !== right) throw new TypeError(`a path ${rule}: ${shown(right)}, not ${shown(path)}`);
  if (/\*|\/:/.test(path)) throw new TypeError(`a path is one path, not a pattern: serve an app for ${shown(path)}`);
  return new URL(`http://localhost${path}`).pathname;
}
