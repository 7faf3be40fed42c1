import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import { Files } from "../files.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { evaluate } from "./evaluate.ts";
import { type Parsed, parseFrom, type Section, type Statement } from "./parse.ts";
import type { Token } from "./tokens.ts";

const BEGINS =
  /^\s*(?:vcl\s+\d\.\d\s*;|sub\s+\w+\s*\{|sub\s+vcl_\w+|backend\s+\w+\s*\{|import\s+\w+\s*;|include\s+"[^"]*"\s*;)/;

/** VCL of Varnish: whole, with what it includes, or some of its subs. */
export const varnish: ProxyReader = {
  name: "Varnish",
  look({ isText, lines }, at) {
    if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 500))) return undefined;
    const { sections, lines: plain, to } = parseFrom(lines, at, "");
    const isOurs =
      plain.some(({ words }) => words[0]?.text === "vcl") ||
      sections.some(({ kind, name }) => kind === "sub" && name.startsWith("vcl_"));
    return { to: Math.max(to, at + 1), isOurs };
  },
  read,
};

function read({ document, from }: Part, question: Question): Reading {
  const parsed = parseFrom(document.lines, from, document.name, document.firstLine);
  const { sections, missing } = included(
    parsed,
    new Files(document.isFile ? document.name : undefined, /^\/etc\/varnish\//),
    0,
  );
  const { host = "app.example.com", secure } = question;
  const paths = question.path === undefined ? ["/", ...samplesOf(sections)] : [question.path];
  const all = paths.map((path): Answered => {
    const asked = { path, host, secure };
    return { asked, outcome: evaluate(sections, asked) };
  });
  const unlike = all.filter(
    ({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at,
  );
  const notes = [
    "Silence is cut after pipe_timeout, a parameter of varnishd, 60 s by default.",
    ...(missing.length > 0
      ? [`Not here, and not looked at: ${missing.map((one) => `${one.words[1]?.text} (${placeOf(one)})`).join(", ")}.`]
      : []),
    ...unread(document.lines.slice(from), parsed.to - from, from + document.firstLine),
  ];
  return { answers: unlike, notes, isPartial: notes.length > 1 };
}

/** What of a text was passed over: inline C, and all from where it was no more understood. */
function unread(lines: readonly string[], end: number, firstLine: number): readonly string[] {
  const inline = lines.findIndex((one) => /\bC\{/.test(one));
  const rest = lines.slice(end).findIndex((one) => /^\s*sub\s+\w+/.test(one));
  return [
    ...(inline >= 0 ? [`Inline C (line ${firstLine + inline}) is not followed.`] : []),
    ...(rest >= 0 ? [`It is not understood from line ${firstLine + end} on.`] : []),
  ];
}

type Plain = Statement & { readonly kind: "plain" };

/** The sections of a file and of those that it includes, as if they stood in it. */
function included(
  { sections, lines }: Parsed,
  files: Files,
  depth: number,
): { readonly sections: readonly Section[]; readonly missing: readonly Plain[] } {
  const found = lines
    .filter(({ words }) => words[0]?.text === "include")
    .map((one) => {
      const inside = depth < 10 ? files.find(one.words[1]?.text ?? "") : [];
      const parts = inside.map((file) => included(parseFrom(file.lines, 0, file.name), files, depth + 1));
      return {
        sections: parts.flatMap((part) => part.sections),
        missing: inside.length > 0 ? parts.flatMap((part) => part.missing) : [one],
      };
    });
  return {
    sections: [...found.flatMap((one) => one.sections), ...sections],
    missing: found.flatMap((one) => one.missing),
  };
}

/** What URLs are compared with, as paths. */
function samplesOf(sections: readonly Section[]): readonly string[] {
  const texts = sections.flatMap(({ block }) => stringsIn(block));
  const paths = texts.map((text) => /^\^?(\/[\w/.-]*)/.exec(text)?.[1] ?? "");
  return [...new Set(paths.filter((path) => path.length > 1))].slice(0, 20);
}

function stringsIn(block: readonly Statement[]): readonly string[] {
  return block.flatMap((one) =>
    one.kind === "if" ? one.branches.flatMap(({ test = [], block }) => [...strings(test), ...stringsIn(block)]) : [],
  );
}

function strings(tokens: readonly Token[]): readonly string[] {
  return tokens.filter(({ kind }) => kind === "string").map(({ text }) => text);
}
