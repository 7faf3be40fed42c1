import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { evaluate } from "./evaluate.ts";
import { parseFrom, type Statement } from "./parse.ts";
import { settingsFor } from "./settings.ts";

const BEGINS =
  /^\s*(?:(?:server|proxy|url|wstunnel|ssl|index-file|mimetype|auth|var)\.[\w.-]+\s*\+?=|\$(?:HTTP|SERVER|REQUEST_HEADER|PHYSICAL)\[|include(?:_shell)?\s+")/;

/** What is lighttpd's alone. */
const OWN = /^(?:proxy\.(?:server|header|balance)|wstunnel\.server|server\.modules)$/;

/** A configuration of lighttpd: whole, with what it includes, or a piece. */
export const lighttpd: ProxyReader = {
  name: "lighttpd",
  look({ isText, lines }, at) {
    if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 500))) return undefined;
    const { statements, to } = parseFrom(lines, at, "");
    return {
      to: Math.max(to, at + 1),
      isOurs: flat(statements).some((one) => one.kind === "setting" && OWN.test(one.name)),
    };
  },
  read,
};

function flat(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((one) =>
    one.kind === "condition" ? [one, ...one.branches.flatMap(({ block }) => flat(block))] : [one],
  );
}

function read({ document, from }: Part, question: Question): Reading {
  const { statements } = parseFrom(document.lines, from, document.name, document.firstLine);
  const all = flat(statements);
  const { host = hostOf(all), secure } = question;
  const file = document.isFile ? document.name : undefined;
  const paths = question.path === undefined ? samplesOf(all) : [question.path];
  const answers = paths.map((path): Answered & { readonly missing: readonly Statement[] } => {
    const asked = { path, host, secure };
    const settings = settingsFor(statements, asked, file);
    return { asked, outcome: evaluate(settings, asked), missing: settings.missing };
  });
  const missing = answers[0]?.missing ?? [];
  const shown = missing
    .slice(0, 5)
    .map((one) => `${one.kind === "include" ? `${one.name} ${one.value}` : ""} (${placeOf(one)})`);
  const unlike = answers.filter(
    ({ outcome }, at) => answers.findIndex((other) => other.outcome.title === outcome.title) === at,
  );
  return {
    answers:
      question.path === undefined
        ? unlike.filter(({ outcome }) => outcome.title !== "server" && outcome.fate.kind !== "answered")
        : unlike,
    notes: shown.length > 0 ? [`Not here, and not looked at: ${shown.join(", ")}.`] : [],
    isPartial: missing.length > 0,
  };
}

function hostOf(statements: readonly Statement[]): string {
  const port = statements.findLast((one) => one.kind === "setting" && one.name === "server.port");
  const number = port?.kind === "setting" && typeof port.value === "string" ? port.value : "80";
  return `app.example.com${number === "80" || number === "443" ? "" : `:${number}`}`;
}

/** A path for each key of a proxy.server, and for each condition by the URL. */
function samplesOf(statements: readonly Statement[]): readonly string[] {
  const paths = statements.flatMap((one) => {
    if (one.kind === "setting" && /^(?:proxy|wstunnel)\.server$/.test(one.name) && typeof one.value !== "string")
      return one.value.map(({ key = "" }) => (key.startsWith("/") ? key : `/${key}`));
    if (one.kind !== "condition") return [];
    return one.branches.flatMap(({ test }) =>
      test?.subject === '$HTTP["url"]' ? [/^\^?([\w/.-]*)/.exec(test.value)?.[1] ?? "/"] : [],
    );
  });
  return [...new Set(paths.filter((path) => path.startsWith("/")))].slice(0, 30);
}
