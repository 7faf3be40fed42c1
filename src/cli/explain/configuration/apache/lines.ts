import type { Seen } from "../../explanation.ts";
import type { Passed } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { placeOf } from "../place.ts";
import type { Directive } from "./parse.ts";
import { nameOf, shown } from "./shown.ts";
import type { Worker } from "./workers.ts";

type Mending = Pick<Seen, "where" | "fix" | "snippet">;

/** Where a request goes, and what says so. */
export interface Target {
  readonly url: string;
  readonly by: Directive;
}

/** What a request goes by on its way. */
export interface Way {
  readonly target: Target;
  readonly worker: Worker | undefined;
  /** Of a balancer. */
  readonly member: Directive | undefined;
  readonly keepsHost: boolean;
  /** What makes it speak HTTP/1.0. */
  readonly old: Directive | undefined;
  /** What changes the headers of the handshake, in its order. */
  readonly edits: readonly Directive[];
}

/** The lines that mend what goes wrong on the way to a target. */
export function mending(way: Way): Passed["mend"] {
  const { by } = way.target;
  return (code) => {
    const undone = undoneBy(way, code);
    if (undone) return { where: placeOf(undone), fix: UNDONE, snippet: instead(undone, `# ${shown(undone)}`) };
    switch (code) {
      case "ORIGIN_REJECTED":
        return { where: placeOf(by), fix: HOST_FIX, snippet: behind(by, KEEP_HOST) };
      case "IDLE_CUT":
        return { where: placeOf(by), fix: IDLE_FIX, snippet: patienceLines(way) };
      default:
        return upgradeLines(way);
    }
  };
}

/** The line that undoes what is right otherwise. */
function undoneBy({ old, edits, keepsHost }: Way, code: Seen["code"]): Directive | undefined {
  const edit = (name: string) => edits.findLast(({ args }) => args[1]?.toLowerCase() === name);
  if (code === "UPGRADE_STRIPPED" || code === "CONNECTION_NO_UPGRADE" || code === "HTTP_1_0")
    return old ?? edit("upgrade");
  if (code === "ORIGIN_REJECTED") return keepsHost ? (edit("host") ?? edit("origin")) : undefined;
  const header = code.startsWith("KEY_") ? "key" : code.startsWith("VERSION_") ? "version" : undefined;
  return header && edit(`sec-websocket-${header}`);
}

const UNDONE = "Leave this line out, or keep it away from the sockets' path: the others are right.";
const KEEP_HOST = "ProxyPreserveHost On";
const HOST_FIX =
  "Keep the client's Host, or name Apache's address in proxies on the server, which then reads X-Forwarded-Host.";
const IDLE_FIX = "Let either side send something more often, such as a Ping every 25 s, or raise the time-out.";

/** What makes the connection to the server behind, where its settings belong. */
function madeBy({ target: { by }, worker, member }: Way): Directive {
  return member ?? worker?.by ?? by;
}

function patienceLines(way: Way): string {
  const made = madeBy(way);
  if (made.name === "rewriterule") return behind(made, "ProxyTimeout 3600");
  return instead(made, withSetting(made, "timeout=3600"));
}

/** Where the settings of the connection are made, upgrade=websocket belongs. */
function upgradeLines(way: Way): Mending {
  const { by, url } = way.target;
  const host = way.keepsHost ? "" : `\n${behind(by, KEEP_HOST)}`;
  const [pattern = "", to = "", flags = "[P]"] = by.written ?? by.args;
  if (by.name === "rewriterule") {
    if (!/^http/i.test(to)) return { where: placeOf(by), fix: "Let the rule lead to ws://." };
    const rule = `RewriteRule ${quoted(pattern)} ${quoted(to.replace(/^http/i, "ws"))} ${flags}`;
    const fix = "With [P] the scheme ws: carries the upgrade on.";
    return { where: placeOf(by), fix, snippet: instead(by, rule) + host };
  }
  const made = madeBy(way);
  const fix =
    made !== by && way.member === undefined
      ? "All that go to the same server share the settings of the first: write upgrade=websocket there."
      : /^h2c?:/i.test(url)
        ? "Write http:// in the place of h2, which carries no upgrade here, and upgrade=websocket."
        : "Write upgrade=websocket at its end (Apache 2.4.47 and later).";
  return { where: placeOf(made), fix, snippet: instead(made, withSetting(made, "upgrade=websocket")) + host };
}

/** A directive with one more setting of its connection, or another value of it. */
function withSetting(one: Directive, setting: string): string {
  const { written: args = one.args } = one;
  const [key] = setting.split("=");
  const kept = args.filter((arg) => !arg.toLowerCase().startsWith(`${key}=`));
  const words = kept.map((arg) => (/^[\w-]+=|^nocanon$/.test(arg) ? arg : quoted(arg.replace(/^h2(c?):/i, toHttp))));
  return [nameOf(one), ...words, setting].join(" ");
}

function toHttp(_: string, plain: string): string {
  return plain === "" ? "https:" : "http:";
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
