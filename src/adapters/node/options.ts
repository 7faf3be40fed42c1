import type { ServerOptions as TlsOptions } from "node:https";
import { checkObserver } from "../../core/contract/observer.ts";
import { meant } from "../../core/contract/option-names.ts";
import type { Proxies } from "../../core/upgrade/remote-address.ts";
import { describe } from "../../core/upgrade/result.ts";
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

const ATTACH = { ...HOST_OPTIONS, path: true } satisfies Record<keyof AttachOptions, true>;
const SERVE = { ...ATTACH, port: true, hostname: true, reusePort: true, tls: true, http2: true } satisfies Record<
  keyof ServeOptions,
  true
>;

/** Where something is that somebody looks for here. */
function elsewhere(name: string): string | undefined {
  if (name === "host") return 'did you mean "hostname"?';
  if (name === "port") return "the server listens by itself";
  if (/^(key|cert|pfx|ca)$/.test(name)) return "it belongs into tls: { key, cert }";
  const isOfDefinition = /^(origins|protocols|limits|heartbeat|compression|upgrade)$/.test(name);
  return isOfDefinition ? `a definition has, defineSocket({ ${name}: … })` : undefined;
}

/** Throws a TypeError for options of `attach`, of `handler`, or of what is made of one, that make no sense. */
export function checkAttach(options: AttachOptions, of = "attach", more: readonly string[] = []): void {
  check(of, options, [...Object.keys(ATTACH), ...more]);
}

/** Throws a TypeError for options of {@link serve} that make no sense. */
export function checkServe(options: ServeOptions): void {
  check("serve", options, Object.keys(SERVE));
  checkPort(options.port);
  const { hostname, tls, http2, reusePort = false } = options;
  if (hostname !== undefined && (typeof hostname !== "string" || /\/|^[^:]*:[^:]*$/.test(hostname))) {
    throw new TypeError(`a hostname is a name or an address, not ${shown(hostname)}`);
  }
  if (tls !== undefined && !hasKey(tls)) {
    throw new TypeError(`tls takes key and certificate, { key, cert }, not ${shown(tls)}`);
  }
  // Node overlooks all else, and a second process would be told that the port is taken.
  if (typeof reusePort !== "boolean") throw new TypeError(`reusePort is true or false, not ${shown(reusePort)}`);
  if (http2 && !tls) throw new TypeError("http2 needs tls: key and certificate");
}

function check(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const port = Number.isInteger(options) ? `: serve(…, { port: ${options} })` : "";
    throw new TypeError(`${of} takes options, { … }, not ${shown(options)}${port}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const where = elsewhere(name);
    throw new TypeError(`${of} has no option ${JSON.stringify(name)}${where ? `: ${where}` : meant(name, known)}`);
  }
  checkObserver((options as AttachOptions).observe);
  pathOf((options as AttachOptions).path);
}

function checkPort(port: unknown = 0): void {
  // A string is what an environment variable holds.
  if (/number|string/.test(typeof port) && /^\d{1,5}$/.test(`${port}`) && Number(port) <= 65_535) return;
  const unset = Number.isNaN(port) ? ": is what it comes from set?" : "";
  throw new TypeError(`a port is a whole number from 0 to 65535, not ${shown(port)}${unset}`);
}

function hasKey(tls: unknown): boolean {
  const { key, cert, pfx, SNICallback, secureContext } = Object(tls) as Record<string, unknown>;
  return Boolean((key && cert) || pfx || SNICallback || secureContext);
}

/** What was given, for the words about it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : describe(value, []);
}

/** A path as the URL parser writes it, so that it can be compared. Throws a TypeError for what is none. */
export function pathOf(path: unknown): string | undefined {
  if (path === undefined) return undefined;
  if (typeof path !== "string") throw new TypeError(`a path is a string such as "/chat", not ${shown(path)}`);
  const quoted = JSON.stringify(path);
  const [plain = ""] = path.replace(/^[a-z]+:\/\/[^/]*/i, "").split(/[?#]/);
  const right = JSON.stringify(plain.startsWith("/") ? plain : `/${plain}`);
  const rule = path.startsWith("/") ? "has no query" : "begins with a slash";
  if (plain !== path || !plain.startsWith("/")) throw new TypeError(`a path ${rule}: ${right}, not ${quoted}`);
  if (/\*|\/:/.test(path)) throw new TypeError(`a path is one path, not a pattern: serve an app for ${quoted}`);
  return new URL(`http://localhost${path}`).pathname;
}
