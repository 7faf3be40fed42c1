import type { Seen } from "../../explanation.ts";
import { type Asked, bare, handshakeFor, withHeader, withoutUpgrade } from "../handshake.ts";
import type { Fate, Outcome, Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { type Place, placeOf } from "../place.ts";
import type { Entry, Value } from "./parse.ts";
import type { Setting, Settings } from "./settings.ts";

/** What lighttpd does with a handshake. */
export function evaluate(settings: Settings, asked: Asked): Outcome {
  const { fate, title } = ending(settings, asked);
  const doubts = settings.doubts.map((one) => `What the block in ${placeOf(one)} depends on is not known.`);
  return { title, fate, beside: [], doubts: [...new Set(doubts)] };
}

function ending(settings: Settings, asked: Asked): { readonly fate: Fate; readonly title: string } {
  const path = bare(asked.path);
  const redirect = settings.list("url.redirect").find(({ key = "" }) => patternOf(key, false)?.test(path));
  if (redirect)
    return {
      title: `url.redirect ${redirect.key}`,
      fate: { kind: "answered", status: statusOf(settings), to: filled(redirect, path), by: redirect },
    };
  const changed = rewritten(settings, asked);
  const now = bare(changed);
  const denied = settings.list("url.access-deny").find(({ value }) => typeof value === "string" && now.endsWith(value));
  if (denied) return { title: "url.access-deny", fate: { kind: "answered", status: 403, by: denied } };
  const member = settings.list("auth.require").find(({ key = "" }) => now.startsWith(key));
  if (member && settings.get("auth.backend"))
    return { title: `auth.require ${member.key}`, fate: { kind: "answered", status: 401, by: member } };
  const tunnel = serverFor(settings, "wstunnel.server", now);
  if (tunnel)
    return {
      title: `wstunnel.server ${tunnel.key} → ${tunnel.address}`,
      fate: {
        kind: "lost",
        what: "is answered 101 by lighttpd itself, which passes on what frames hold, and no handshake",
        seen: unpacked(tunnel.by),
      },
    };
  const server = serverFor(settings, "proxy.server", now);
  if (!server)
    return {
      title: "server",
      fate: { kind: "lost", what: "is not passed on: lighttpd looks for a file", seen: noRoute(path) },
    };
  if (lacks(settings, "mod_proxy"))
    return {
      title: "proxy.server",
      fate: { kind: "lost", what: "is not passed on: mod_proxy is not there", seen: noModule(settings) },
    };
  return {
    title: `proxy.server "${server.key}" → ${server.address}`,
    fate: passedTo(server, settings, changed, asked),
  };
}

function statusOf(settings: Settings): number {
  return Number(settings.get("url.redirect-code")?.value ?? 301);
}

function filled({ key = "", value }: Entry, path: string): string {
  const match = patternOf(key, false)?.exec(path) ?? [];
  return typeof value === "string" ? value.replace(/\$(\d)/g, (_, index: string) => match[Number(index)] ?? "") : "";
}

/** The first rule that fits changes the URL. */
function rewritten(settings: Settings, { path }: Asked): string {
  for (const name of ["url.rewrite-once", "url.rewrite", "url.rewrite-repeat"]) {
    const rule = settings.list(name).find(({ key = "" }) => patternOf(key, false)?.test(path));
    if (rule) return filled(rule, path);
  }
  return path;
}

interface Server {
  readonly key: string;
  readonly address: string;
  readonly by: Entry;
}

/** A key is a path's beginning, or an ending. */
function serverFor(settings: Settings, name: string, path: string): Server | undefined {
  const by = settings
    .list(name)
    .find(({ key = "" }) => (key.startsWith("/") ? path.startsWith(key) : path.endsWith(key)));
  if (!by) return undefined;
  const first = Array.isArray(by.value) ? by.value[0]?.value : undefined;
  const text = (member: string): string => {
    const found = Array.isArray(first) ? first.find(({ key }) => key === member)?.value : undefined;
    return typeof found === "string" ? found : "";
  };
  const address = text("socket") || `${text("host")}:${text("port") || "80"}`;
  return { key: by.key ?? "", address, by };
}

function passedTo(server: Server, settings: Settings, target: string, asked: Asked): Fate {
  const header = settings.list("proxy.header");
  const upgrades = isOn(header, "upgrade");
  const isOld = isOn(header, "force-http10");
  const start = { ...handshakeFor(asked), target: mapped(header, "map-urlpath", target) };
  const request = withHeader(start, "Host", mappedHost(header, asked.host));
  const passes = upgrades && !isOld;
  return {
    kind: "passed",
    by: server.by,
    upstream: server.address,
    request: {
      ...(passes ? withHeader(request, "Connection", "close, upgrade") : withoutUpgrade(request, "close")),
      version: isOld ? "1.0" : "1.1",
    },
    ...patience(settings),
    mend: mending(server, settings),
  } satisfies Passed;
}

function textOf(list: readonly Entry[], name: string): string | undefined {
  const value = list.find(({ key }) => key === name)?.value;
  return typeof value === "string" ? value : undefined;
}

function isOn(header: readonly Entry[], name: string): boolean {
  return /^(?:enable|true|1)$/i.test(textOf(header, name) ?? "");
}

function mapped(header: readonly Entry[], name: string, text: string): string {
  const map = header.find(({ key }) => key === name)?.value;
  const rule = Array.isArray(map) ? map.find(({ key = "" }) => text.startsWith(key)) : undefined;
  return rule && typeof rule.value === "string" ? rule.value + text.slice(rule.key?.length ?? 0) : text;
}

/** `-` stands for any host that has no rule. */
function mappedHost(header: readonly Entry[], host: string): string {
  const map = header.find(({ key }) => key === "map-host-request")?.value;
  const rule = Array.isArray(map) ? map.find(({ key }) => key === host || key === "-") : undefined;
  return rule && typeof rule.value === "string" && rule.value !== "-" ? rule.value : host;
}

function patience(settings: Settings): Pick<Passed, "idleMs" | "idleBy"> {
  const seconds = (name: string, otherwise: number) => Number(settings.get(name)?.value ?? otherwise) * 1000;
  const [read, write] = [seconds("server.max-read-idle", 60), seconds("server.max-write-idle", 360)];
  return { idleMs: Math.min(read, write), idleBy: read <= write ? "server.max-read-idle" : "server.max-write-idle" };
}

function mending({ by }: Server, settings: Settings): Passed["mend"] {
  const proxy = settings.get("proxy.server")!;
  return (code) => {
    if (code === "IDLE_CUT") return { where: placeOf(by), fix: IDLE_FIX, snippet: patienceLines(settings, proxy) };
    const header = settings.get("proxy.header");
    if (code === "ORIGIN_REJECTED")
      return {
        where: placeOf(header ?? by),
        fix: "Take map-host-request out: lighttpd keeps Host by itself.",
        ...(header && { snippet: replaced(header, HOST_RULES, {}) }),
      };
    const fix = "Switch the upgrade on (lighttpd 1.4.46 and later).";
    const lines = header
      ? replaced(header, /^(?:upgrade|force-http10)$/, { upgrade: "enable" })
      : behindSetting(proxy, UPGRADE);
    return { where: placeOf(header ?? by), fix, snippet: lines };
  };
}

const UPGRADE = 'proxy.header = ( "upgrade" => "enable" )';
const HOST_RULES = /^map-host-request$/;
const IDLE_FIX = "Let both sides send something more often, such as a Ping every 25 s, or raise it.";

function patienceLines(settings: Settings, proxy: Setting): string {
  const names = ["server.max-read-idle", "server.max-write-idle"];
  const set = names.flatMap((name) => settings.get(name) ?? []);
  const lines = set.filter(({ value }) => Number(value) < 3600).map((one) => instead(one, `${one.name} = 3600`));
  const fresh = names.filter((name) => !settings.get(name)).map((name) => `${name} = 3600`);
  return [...lines, ...(fresh.length > 0 ? [behindSetting(proxy, fresh.join("\n"))] : [])].join("\n");
}

function behindSetting({ file, end }: Setting, lines: string): string {
  return behind({ file, line: end }, lines);
}

/** A list in one line, with other members: what stood in several lines is told to be taken out. */
function replaced(setting: Setting, without: RegExp, members: Readonly<Record<string, string>>): string {
  const kept = (Array.isArray(setting.value) ? (setting.value as readonly Entry[]) : []).filter(
    ({ key = "" }) => !without.test(key),
  );
  const shown = [
    ...kept.map((one) => `"${one.key}" => ${shownValue(one.value)}`),
    ...Object.entries(members).map(([key, value]) => `"${key}" => "${value}"`),
  ];
  const line = `${setting.name} = ( ${shown.join(", ")} )`;
  if (setting.end === setting.line) return instead(setting, line);
  return `# in the place of lines ${setting.line} to ${setting.end} of ${setting.file}:\n${line}`;
}

function shownValue(value: Value): string {
  if (typeof value === "string") return `"${value}"`;
  return `( ${value.map((one) => (one.key === undefined ? "" : `"${one.key}" => `) + shownValue(one.value)).join(", ")} )`;
}

/** Whether the modules are listed and this one is not among them. */
function lacks(settings: Settings, module: string): boolean {
  const modules = settings.list("server.modules");
  return (
    settings.get("server.modules")?.isWhole === true &&
    settings.missing.length === 0 &&
    !modules.some(({ value }) => value === module)
  );
}

function noModule(settings: Settings): Seen {
  const modules = settings.get("server.modules")!;
  return {
    code: "NO_ROUTE",
    where: placeOf(modules),
    detail: "proxy.server does nothing without its module",
    fix: "Load mod_proxy.",
    snippet: behindSetting(modules, 'server.modules += ( "mod_proxy" )'),
  };
}

function unpacked(by: Place): Seen {
  return {
    code: "SWITCH_THEN_FIN",
    level: "warn",
    where: placeOf(by),
    detail:
      "mod_wstunnel unpacks frames: right for a server of TCP, and never for one of HTTP or WebSocket, which sees no handshake",
    fix: 'In front of a WebSocket server use proxy.server, with proxy.header = ( "upgrade" => "enable" ).',
  };
}

function noRoute(path: string): Seen {
  return {
    code: "NO_ROUTE",
    fix: "Give the path a proxy.server.",
    snippet: `# with mod_proxy among server.modules:\nproxy.server = ( "${path}" => (( "host" => "127.0.0.1", "port" => 3000 )) )\n${UPGRADE}`,
  };
}
