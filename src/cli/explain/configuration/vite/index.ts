import type { Document, Part } from "../../document.ts";
import type { Seen } from "../../explanation.ts";
import type { Question } from "../../kind.ts";
import { type Asked, handshakeFor, UNKNOWN, withHeader } from "../handshake.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { before, instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { isCode, objectAt } from "./literal.ts";

/** So many characters of a program are looked at. */
const MOST = 200_000;

/** `server.proxy` of a vite.config: written in it as a literal. */
export const vite: ProxyReader = {
  name: "Vite",
  look(document, at) {
    const { isText, lines } = document;
    if (
      !isText ||
      !/^\s*(?:import\s|export\s+default\b|module\.exports\b|const\s|\/\/|\/\*|server\s*:\s*\{)/.test(
        (lines[at] ?? "").slice(0, 300),
      )
    )
      return undefined;
    const proxy = proxyOf(document, at);
    return proxy ? { to: lines.length, isOurs: true } : { to: lines.length, isOurs: false };
  },
  read,
};

/** The object of `server: { proxy: { … } }`. */
function proxyOf({ lines, name, firstLine }: Document, from: number): Node | undefined {
  const text = withoutComments(lines.slice(from).join("\n").slice(0, MOST));
  const at = /\bserver\s*:\s*\{/.exec(text);
  if (!at || !/\bproxy\s*:/.test(text)) return undefined;
  const lineOf = (offset: number) => ({
    file: name,
    line: firstLine + from + text.slice(0, offset).split("\n").length - 1,
  });
  const server = objectAt(text, at.index + at[0].length - 1, lineOf);
  const proxy = server?.get("proxy");
  return proxy?.isMap ? proxy : undefined;
}

/** Spaces in the place of comments; strings may hold what looks like one. */
function withoutComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*.*?\*\//gs, (found) =>
    found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found,
  );
}

function read({ document, from }: Part, question: Question): Reading | undefined {
  const proxy = proxyOf(document, from);
  if (!proxy) return undefined;
  const { path, host = "localhost:5173", secure } = question;
  const paths =
    path === undefined
      ? written(proxy).map(([context]) => (context.startsWith("^") ? literal(context) : context))
      : [path];
  const all = paths.map((one): Answered => {
    const asked = { path: one, host, secure };
    return { asked, outcome: evaluate(proxy, asked) };
  });
  // Of a proxy that code makes nothing is known.
  if (all.every(({ outcome }) => outcome.fate.kind === "unknown")) return undefined;
  return {
    answers: all.filter(({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at),
  };
}

/** The contexts that are written as literals: not `...others`, and not `[name]`. */
function written(proxy: Node): Node["entries"] {
  return proxy.entries.filter(([context]) => !/^[([]/.test(context));
}

function literal(pattern: string): string {
  return /^\^?([\w/.-]*)/.exec(pattern)?.[1] || "/";
}

/** What Vite's development server does with an upgrade: the first context that fits and takes them has it. */
export function evaluate(proxy: Node, asked: Asked): Outcome {
  const fitting = written(proxy).filter(([context]) => fits(context, asked.path));
  const chosen = fitting.find(([, options]) => takesSockets(options) !== false);
  if (!chosen) return written(proxy).length < proxy.entries.length ? UNSEEN : unfit(proxy, fitting[0], asked);
  const [context, options] = chosen;
  const title = `proxy ${JSON.stringify(context)}`;
  if (takesSockets(options) === undefined) return made(title, unknown(options));
  const target = targetOf(options);
  const doubts = ["bypass", "configure", "rewrite", "router"].flatMap((name) =>
    options.get(name) ? [`${name} (${placeOf(options.get(name)!)}) is code, and not followed.`] : [],
  );
  return made(`${title} → ${target}`, passedTo(options, target, asked), doubts);
}

function made(title: string, fate: Fate, doubts: readonly string[] = []): Outcome {
  return { title, fate, beside: [], doubts };
}

const UNSEEN: Outcome = made("server.proxy", {
  kind: "unknown",
  what: "may be for one of the contexts that code adds, which is not followed",
});

function unknown(options: Node): Fate {
  return { kind: "unknown", what: `goes where code says (${placeOf(options)}), which is not followed` };
}

function unfit(proxy: Node, first: readonly [context: string, options: Node] | undefined, { path }: Asked): Outcome {
  return made(first ? `proxy ${JSON.stringify(first[0])}` : "no context of server.proxy", {
    kind: "lost",
    what: "is never answered: Vite passes on upgrades only where ws is true",
    seen: first ? withoutWs(...first) : noContext(proxy, path),
  });
}

function fits(context: string, path: string): boolean {
  return context.startsWith("^") ? patternOf(context, false)?.test(path) === true : path.startsWith(context);
}

/** Whether a context takes upgrades; undefined where code says so. */
function takesSockets(options: Node): boolean | undefined {
  if (options.isTrue("ws") || /^wss?:/.test(targetOf(options))) return true;
  const isOpen = options.entries.some(([name]) => name.startsWith("("));
  const isComputed = isCode(options) || isCode(options.get("ws")) || isCode(options.get("target")) || isOpen;
  return isComputed ? undefined : false;
}

function targetOf(options: Node): string {
  return options.text ?? options.textAt("target") ?? "";
}

function passedTo(options: Node, target: string, asked: Asked): Fate {
  // A target alone changes the origin.
  const changes = options.text !== undefined || options.isTrue("changeOrigin");
  const url = URL.parse(target.replace(/^ws/, "http"));
  const start = handshakeFor(asked);
  const host = isCode(options.get("changeOrigin")) || (changes && !url) ? UNKNOWN : url?.host;
  const hosted = changes || host === UNKNOWN ? withHeader(start, "Host", host) : start;
  const request = options.isTrue("rewriteWsOrigin") && url ? withHeader(hosted, "Origin", url.origin) : hosted;
  const by = options.get("changeOrigin") ?? options;
  const mend = (code: Seen["code"]) => {
    if (code !== "ORIGIN_REJECTED") return { where: placeOf(options) };
    const fix = "Leave the client's Host as it is, or list the page's origin in origins on the server.";
    return {
      where: placeOf(by),
      fix,
      ...(options.get("changeOrigin") && { snippet: instead(by, "        changeOrigin: false,", "//") }),
    };
  };
  return { kind: "passed", by: options, upstream: target, request, idleMs: Number.POSITIVE_INFINITY, idleBy: "", mend };
}

function withoutWs(context: string, options: Node): Seen {
  const target = targetOf(options);
  const fix = "Set ws: true.";
  const line = `      ${JSON.stringify(context)}: { target: ${JSON.stringify(target)}, ws: true },`;
  const old = options.get("ws") ?? options.get("target");
  const isOneLine = old === undefined || old.line === options.line;
  const snippet =
    options.text !== undefined
      ? instead(options, line, "//")
      : isOneLine
        ? undefined
        : options.get("ws")
          ? instead(old, "        ws: true,", "//")
          : before(old, "        ws: true,", "//");
  return { code: "RESPONSE_TIMEOUT", where: placeOf(options), fix, ...(snippet !== undefined && { snippet }) };
}

function noContext(proxy: Node, path: string): Seen {
  return {
    code: "RESPONSE_TIMEOUT",
    where: placeOf(proxy),
    detail: "no context of server.proxy begins its path",
    fix: "Give server.proxy one for it, with ws: true.",
    snippet: `// inside proxy, in line ${proxy.line} of ${proxy.file}:\n"${path.replace(/["\\\n]/g, "")}": { target: "http://127.0.0.1:3000", ws: true },`,
  };
}
