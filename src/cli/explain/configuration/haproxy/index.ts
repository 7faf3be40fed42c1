import type { Part } from "../../document.ts";
import { noteCredentials } from "../../http/credentials.ts";
import type { Question } from "../../kind.ts";
import { portOf } from "../handshake.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { evaluate } from "./evaluate.ts";
import { type Line, linesOf, parseFrom, type Section } from "./parse.ts";

const BEGINS = /^(?:global|defaults|frontend|backend|listen)\b(?:\s+[\w.:*-]+)*\s*(?:#.*)?$/;

/** What is HAProxy's alone. */
const OWN = /^(?:bind|server|use_backend|default_backend|option|timeout|http-request|acl|balance)$/;

/** A configuration of HAProxy: whole, or some of its sections. */
export const haproxy: ProxyReader = {
  name: "HAProxy",
  look({ isText, lines }, at) {
    if (!isText || !BEGINS.test((lines[at] ?? "").slice(0, 500))) return undefined;
    const { sections, to } = parseFrom(lines, at, "");
    const isOurs = sections.some((one) => one.lines.filter(({ words }) => OWN.test(words[0] ?? "")).length > 1);
    return { to, isOurs };
  },
  read,
};

function read({ document, from }: Part, question: Question): Reading {
  const { sections } = parseFrom(document.lines, from, document.name, document.firstLine);
  noteCredentials(question.secrets, { headers: headersIn(sections) });
  const frontends = sections.filter((one) => one.kind === "frontend" || (one.kind === "listen" && listens(one)));
  const entries = frontends.length > 0 ? frontends : sections.filter((one) => one.kind === "backend").map(alone);
  const answers = entries.filter((one) => fits(one, question)).flatMap((one) => answersOf(one, sections, question));
  return { answers: withoutRedirects(answers, question), notes: notesOf(sections, frontends.length > 0) };
}

/** What rules set headers to, and what conditions compare them with. */
function headersIn(sections: readonly Section[]): readonly { readonly name: string; readonly value: string }[] {
  return sections.flatMap(({ lines }) =>
    lines.flatMap(({ words }) => {
      const [first = "", , name = "", value = ""] = words;
      const compared = words.flatMap((word, at) => {
        const header = /hdr\w*\(([\w-]+)/.exec(word)?.[1];
        if (header === undefined) return [];
        const rest = words.slice(at + 1);
        const end = rest.findIndex((one) => /^(?:\}|if|unless|or|\|\|)$/.test(one));
        return rest.slice(0, end < 0 ? rest.length : end).map((one) => ({ name: header, value: one }));
      });
      return [...(/^http-re(?:quest|sponse)$/.test(first) ? [{ name, value }] : []), ...compared];
    }),
  );
}

function listens(section: Section): boolean {
  return linesOf(section, "bind").length > 0;
}

/** A backend of which the frontend was not given, as one that passes all to it. */
function alone(backend: Section): Section {
  const { file, line } = backend;
  const pass: Line = { words: ["default_backend", backend.name], file, line };
  const mode: Line = { words: ["mode", "http"], file, line };
  return { kind: "backend", name: backend.name, lines: [mode, pass], defaults: backend.defaults, file, line };
}

function fits(frontend: Section, { host, secure }: Question): boolean {
  const port = host === undefined ? undefined : portOf(host);
  const binds = linesOf(frontend, "bind");
  if (binds.length === 0 || (port === undefined && secure === undefined)) return true;
  return binds.some(({ words }) => {
    const ports = /:(\d+)(?:-(\d+))?$/.exec(words[1] ?? "");
    const isInside = !ports || port === undefined || (port >= Number(ports[1]) && port <= Number(ports[2] ?? ports[1]));
    return isInside && (port !== undefined || words.includes("ssl") === secure);
  });
}

function answersOf(frontend: Section, sections: readonly Section[], question: Question): readonly Answered[] {
  const paths = question.path === undefined ? ["/", ...values(frontend, /^path|^url|^base/)] : [question.path];
  const port = /:(\d+)$/.exec(linesOf(frontend, "bind")[0]?.words[1] ?? "")?.[1];
  const suffix = port === undefined || port === "80" || port === "443" ? "" : `:${port}`;
  const named = values(frontend, /^(?:req\.)?f?hdr\w*\(host/i).filter((name) => /^[\w.-]+$/.test(name));
  const hosts =
    question.host === undefined ? ["app.example.com", ...named].map((name) => name + suffix) : [question.host];
  const all = paths.flatMap((path) =>
    hosts.flatMap((host) =>
      secured(frontend, question).map((secure) => {
        const asked = { path: path.startsWith("/") ? path : `/${path}`, host, secure };
        return { asked, outcome: evaluate(frontend, sections, asked) };
      }),
    ),
  );
  return all.filter(({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at);
}

/** The values that a frontend's conditions compare something with. */
function values({ lines }: Section, what: RegExp): readonly string[] {
  const found = lines.flatMap(({ words }) =>
    words.flatMap((word, at) => {
      if (!what.test(word)) return [];
      const rest = words.slice(at + 1);
      const end = rest.findIndex((one) => one === "}" || one === "if" || one === "or" || one === "||");
      return rest.slice(0, end < 0 ? rest.length : end).filter((one) => !/^-|^(?:beg|end|str|sub|found)$/.test(one));
    }),
  );
  return [...new Set(found)].slice(0, 20).map((one) => (/[\^$*+?()[\]|]/.test(one) ? "/" : one));
}

/** Over TLS or not: whatever a frontend listens for. */
function secured(frontend: Section, { secure }: Question): readonly (boolean | undefined)[] {
  if (secure !== undefined) return [secure];
  const kinds = new Set(linesOf(frontend, "bind").map(({ words }) => words.includes("ssl")));
  return kinds.size === 0 ? [undefined] : [...kinds];
}

/** What only leads to another scheme or host is not told beside what does not. */
function withoutRedirects(answers: readonly Answered[], { path }: Question): readonly Answered[] {
  const rest = answers.filter(
    ({ outcome: { fate } }) => fate.kind !== "answered" || fate.status < 300 || fate.status > 399,
  );
  if (path === undefined) return rest.filter(({ outcome: { fate } }) => fate.kind !== "answered");
  return rest.length > 0 ? rest : answers;
}

function notesOf(sections: readonly Section[], hasFrontend: boolean): readonly string[] {
  const bogus = sections.flatMap((one) => linesOf(one, "h2-workaround-bogus-websocket-clients"))[0];
  const h2 = sections.flatMap((one) => linesOf(one, "bind")).find(({ words }) => /\bh2\b/.test(words.join(" ")));
  return [
    ...(hasFrontend || !sections.some(({ kind }) => kind === "backend")
      ? []
      : ["No frontend was given: it may have rules of its own."]),
    ...(h2 && !bogus
      ? [
          `Clients that speak HTTP/2 (${placeOf(h2)}) may open WebSockets by RFC 8441; to the server goes an ordinary handshake.`,
        ]
      : []),
  ];
}
