import type { Finding, Seen } from "../../explanation.ts";
import { codeOfAnswer } from "../answered.ts";
import type { Asked } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import { judgePassage, shownPassage } from "../passage.ts";
import { placeOf } from "../place.ts";
import { shownTime } from "../time.ts";
import { missingLines } from "./lines.ts";
import { nameOf } from "./location.ts";
import type { Outcome } from "./outcome.ts";
import type { Directive } from "./parse.ts";
import { all, nearestAll, type Scope } from "./scope.ts";

/** What a configuration does with a handshake, as a finding. */
export interface Judged {
  readonly finding: Finding;
  /** Whether upgrades pass. */
  readonly passes: boolean;
}

/** Judges what becomes of a handshake. `isSample`: the path was not asked for, but stands for a location's. */
export function judgeOutcome(outcome: Outcome, asked: Asked, isSample: boolean): Judged {
  const { what, codes } = said(outcome, asked, isSample);
  const by = "by" in outcome ? outcome.by : undefined;
  return {
    finding: {
      kind: "configuration",
      input: title(outcome, by),
      by: ["nginx"],
      what,
      sure: true,
      codes,
      note: doubtsOf(outcome),
    },
    passes: outcome.kind === "proxied" && codes.every(({ level }) => level === "warn" || level === "advice"),
  };
}

interface Said {
  readonly what: string;
  readonly codes: readonly Seen[];
}

function said(outcome: Outcome, asked: Asked, isSample: boolean): Said {
  const which = isSample ? "A handshake for this location" : `A handshake for ${asked.path}`;
  const where = "by" in outcome && outcome.by ? placeOf(outcome.by) : outcome.location && placeOf(outcome.location);
  switch (outcome.kind) {
    case "proxied":
      return saidProxied(outcome, asked, which);
    case "answered":
      return {
        what: `${which} is answered ${outcome.status} by nginx itself${outcome.to ? `, with ${outcome.to}` : ""}.`,
        codes: [outcome.page ? keptStatus(outcome, outcome.page) : answeredCode(outcome, where)],
      };
    case "static": {
      const isPage = /\.html?$|^\/$/.test(outcome.fallback ?? "");
      return {
        what: `${which} is not passed on: ${outcome.fallback === undefined ? "nginx looks for a file" : `try_files ends with ${outcome.fallback}`}.`,
        codes: [
          {
            code: isPage ? "HTML_FALLBACK" : "NO_ROUTE",
            where,
            fix: `Give the path a location with proxy_pass to the WebSocket server.`,
            snippet: LOCATION.replace("/path", asked.path.replace(/\?.*/s, "")),
          },
        ],
      };
    }
    case "other":
      return {
        what: `${which} goes on by ${outcome.by.name}, which is another protocol than HTTP and carries no upgrade.`,
        codes: [
          {
            code: "UPGRADE_STRIPPED",
            where,
            fix: "Pass the path on with proxy_pass, to a port where the WebSocket server speaks HTTP.",
            snippet: LOCATION.replace("/path", asked.path.replace(/\?.*/s, "")),
          },
        ],
      };
    case "unknown":
      return { what: `${which} goes where ${outcome.by.args.at(-1)} says, which is not known.`, codes: [] };
    case "app":
      return { what: `${which} goes on by ${outcome.by.name}: ${appOf(outcome.by.name)}.`, codes: [] };
    case "broken":
      return {
        what: "nginx does not start with this configuration.",
        codes: [{ code: "CONFIG_INVALID", where, detail: outcome.why, ...fixOf(outcome.by) }],
      };
  }
}

const LOCATION = `location /path {
  proxy_pass http://127.0.0.1:3000;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  proxy_set_header Host $http_host;
  proxy_read_timeout 1h;
}`;

/** Seen with nginx 1.22: Upgrade goes along as HTTP_UPGRADE, and a 101 that comes back switches. Passenger's is from its documentation. */
const APPS: Readonly<Record<string, string>> = {
  passenger_enabled: "Passenger gives upgrades to apps that speak WebSocket (Ruby, Node), and what they answer counts",
  nchan: "Nchan answers upgrades by itself",
  push_stream: "the push stream module answers upgrades by itself",
  program: "what this program in nginx answers counts",
  uwsgi_pass:
    "the upgrade goes along, and opens if the server behind answers 101, as uWSGI can; plain WSGI applications do not",
};

function appOf(name: string): string | undefined {
  if (/^(?:nchan|push_stream)_/.test(name)) return APPS[name.startsWith("nchan") ? "nchan" : "push_stream"];
  return APPS[name] ?? (name.endsWith("_pass") ? APPS.uwsgi_pass : APPS.program);
}

/** http:// takes WebSockets as well. */
function fixOf({ args }: Directive): Pick<Seen, "fix"> {
  const target = args[0] ?? "";
  if (!/^wss?:/i.test(target)) return {};
  return {
    fix: `Write proxy_pass ${target.replace(/^ws/i, "http")}; the upgrade is a matter of headers, not of the scheme.`,
  };
}

function saidProxied(outcome: Outcome & { kind: "proxied" }, asked: Asked, which: string): Said {
  const { request, upstream, by, idleMs, isDefaultVersion } = outcome;
  const found = judgePassage({ request, host: asked.host, idleMs, idleBy: "proxy_read_timeout" });
  const lines = missingLines(outcome, asked.host);
  const codes = found.map((seen): Seen => {
    if (seen.code === "IDLE_CUT") return { ...seen, where: placeOf(by), fix: IDLE_FIX, snippet: IDLE };
    const detail =
      seen.code === "HTTP_1_0" && isDefaultVersion
        ? "nginx before 1.29.7 sends HTTP/1.0 where proxy_http_version is not set"
        : seen.detail || (LOST.has(seen.code) ? overridden(outcome.scope) : undefined);
    return { ...seen, ...(detail !== undefined && { detail }), where: placeOf(by), fix: FIX, snippet: lines };
  });
  const every = [...codes, ...hiddenHeaders(outcome.scope)];
  const fails = every.some(({ level }) => level !== "warn" && level !== "advice");
  const double = /^\/\//.test(request.target)
    ? [
        "The path begins with two slashes: location and proxy_pass have to end alike, both with a slash or both without.",
      ]
    : [];
  const goes = `goes to ${upstream} as ${shownPassage(request)}`;
  const verdict = fails
    ? `${which} ${goes}: it opens no WebSocket.`
    : `${which} ${goes}: the upgrade passes, and a silence of ${shownTime(idleMs)} is endured.`;
  return { what: [verdict, ...double].join(" "), codes: every };
}

/** What a lack of proxy_set_header lines is told as. */
const LOST: ReadonlySet<Seen["code"]> = new Set(["UPGRADE_STRIPPED", "CONNECTION_NO_UPGRADE"]);

/** That lines of a block around it would be right, were they not replaced. */
function overridden(scope: Scope): string | undefined {
  const own = nearestAll(scope, "proxy_set_header");
  const around = all(scope, "proxy_set_header").filter(
    (one) => !own.includes(one) && /^(?:upgrade|connection)$/i.test(one.args[0] ?? ""),
  );
  if (own[0] === undefined || around.length === 0) return undefined;
  return `proxy_set_header in ${placeOf(own[0])} takes the place of all those around it: ${around.map(placeOf).join(" and ")} count for nothing here`;
}

/** What a client needs of a 101, and how it fails without. */
const NEEDED: Readonly<Record<string, Seen["code"]>> = {
  upgrade: "RESPONSE_UPGRADE_BAD",
  "sec-websocket-accept": "ACCEPT_MISSING",
};

/** Headers that are taken out of the 101, too: seen with nginx 1.22. */
function hiddenHeaders(scope: Scope): readonly Seen[] {
  return nearestAll(scope, "proxy_hide_header").flatMap((one) => {
    const code = lookup(NEEDED, one.args[0]?.toLowerCase() ?? "");
    if (code === undefined) return [];
    const detail = `nginx takes ${one.args[0]} out of the 101 as well`;
    return [{ code, where: placeOf(one), detail, fix: "Take this line out of the location for sockets." }];
  });
}

const FIX = "Put these lines where they say.";
const IDLE_FIX = "Let either side send something more often, such as a Ping every 25 s, or raise proxy_read_timeout.";
const IDLE = `# beside proxy_pass:
proxy_read_timeout 1h;`;

function answeredCode(outcome: Outcome & { kind: "answered" }, where: string | undefined): Seen {
  const { status, to, by } = outcome;
  if (status === 444)
    return { code: "CLOSED_BEFORE_RESPONSE", where, detail: "return 444 ends the connection without an answer" };
  if (status >= 300 && status < 400) {
    const isSlash = by.name === "location";
    const fix = isSlash
      ? `Connect to the path with its slash, or write the location without: location ${nameOf(by).path.replace(/\/$/, "")}`
      : /^https:/.test(to ?? "")
        ? "Connect to wss://, where this leads."
        : undefined;
    return {
      code: "REDIRECTED",
      where,
      ...(isSlash && { detail: "nginx redirects to the path with a slash by itself" }),
      ...(fix !== undefined && { fix }),
    };
  }
  return {
    code: codeOfAnswer(status),
    where,
    fix: "Take this path out of what answers it, or give it a location of its own.",
  };
}

/** A 101 of the server that it asks becomes the status that it stands for. */
function keptStatus({ status }: Outcome & { kind: "answered" }, page: Directive): Seen {
  const words = page.args.toSpliced(-1, 0, "=").join(" ");
  return {
    code: codeOfAnswer(status),
    where: placeOf(page),
    detail: `error_page without = asks the server for it, and answers ${status} whatever that says`,
    fix: "Write = before the location, and the server's own answer counts.",
    snippet: `# in the place of line ${page.line} of ${page.file}:\nerror_page ${words};`,
  };
}

function title(outcome: Outcome, by: Directive | undefined): string {
  const location = outcome.location ? `location ${outcome.location.args.join(" ")}` : "server";
  return outcome.kind === "proxied"
    ? `${location} → ${outcome.upstream}`
    : `${location}${by && by !== outcome.location ? `: ${by.name} ${by.args.join(" ")}`.trimEnd() : ""}`;
}

function doubtsOf({ doubts }: Outcome): string | undefined {
  if (doubts.length === 0) return undefined;
  const shown = doubts.map((one) => `${[one.name, ...one.args].join(" ")} (${placeOf(one)})`).join(", ");
  return `What depends on the request itself may decide otherwise: ${shown}.`;
}
