import { isIP } from "node:net";
import { Complaint } from "../complaint.ts";

/** Where a handshake goes. */
export interface Target {
  /** Without credentials, and with the values of parameters that look secret hidden. */
  readonly shown: string;
  readonly tls: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** What `Host` says. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  /** What the URL's user and password become, as other clients send them. */
  readonly authorization: string | undefined;
  /** What browsers stumble over in the URL. */
  readonly remarks: readonly string[];
}

/** The target of a ws:, wss:, http: or https: URL; one without a scheme is ws:. Throws a Complaint for any other. */
export function targetOf(text: string): Target {
  const url = URL.parse(withScheme(text).replace(/^http/i, "ws"));
  // What stands before the @ is a secret.
  const quoted = JSON.stringify(text.replace(/\/\/[^/]*@/, "//…@"));
  if (!url) throw new Complaint(`${quoted} is no URL: see onesocket doctor --help`);
  if (!/^wss?:$/.test(url.protocol)) throw new Complaint(`${quoted} is no ws:, wss:, http: or https: URL`);
  return target(url, remarks(url));
}

function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`;
}

function remarks({ hash, username, password }: URL): string[] {
  return [
    ...(hash ? ["new WebSocket() throws for a URL with a #fragment"] : []),
    ...(username || password ? ["browsers ignore or refuse user and password in a WebSocket's URL"] : []),
  ];
}

function target(url: URL, remarks: readonly string[]): Target {
  const tls = url.protocol === "wss:";
  return {
    shown: shownUrl(url),
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (tls ? 443 : 80),
    authority: url.host,
    path: url.pathname + url.search,
    authorization: authorization(url),
    remarks,
  };
}

function authorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

const SECRET = /token|key|secret|pass|auth|sig|session|jwt|ticket|code/i;

/** The values in a query that are likely to be secret. */
export function secretsOf({ path }: Target): readonly string[] {
  const { searchParams } = new URL(path, "ws://localhost");
  return [...searchParams].filter(([name]) => SECRET.test(name)).map(([, value]) => value);
}

function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = shown.password = shown.hash = "";
  return shown.href.replace(/([?&]([^=&]*)=)[^&]*/g, (all, start: string, name: string) =>
    SECRET.test(name) ? `${start}…` : all,
  );
}

/** The same target under the other scheme, on the same port. */
export function otherScheme(target: Target): Target {
  const tls = !target.tls;
  const shown = target.shown.replace(/^wss?:/, tls ? "wss:" : "ws:");
  const authority = target.authority.includes(hostPort(target))
    ? target.authority
    : target.authority + hostPort(target);
  return { ...target, tls, authority, shown: shown.replace(/^(wss?:\/\/)[^/?#]*/, `$1${authority}`) };
}

function hostPort({ port }: Target): string {
  return `:${port}`;
}

/** Whether the host is an address, which needs no DNS and sends no SNI. */
export function isAddress({ host }: Target): boolean {
  return isIP(host) !== 0;
}
