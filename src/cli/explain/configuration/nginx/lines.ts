import type { Proxied } from "./outcome.ts";
import type { Directive } from "./parse.ts";
import { all, nearestAll, type Scope } from "./scope.ts";

const MAP = `# inside http { }, beside the servers:
map $http_upgrade $connection_upgrade {
  default upgrade;
  ""      "";
}
`;

/** A line that is wanted, and the one that it takes the place of, if there is one in the same block. */
interface Wanted {
  readonly line: string;
  readonly old: Directive | undefined;
}

/** The lines that a location lacks, and where they go. */
export function missingLines(outcome: Proxied, host: string): string {
  const { scope, by, isDefaultVersion } = outcome;
  const wanted = wantedLines(outcome, host);
  const needsMap =
    connectionVariable(scope) === undefined && wanted.some(({ line }) => line.includes("$connection_upgrade"));
  const fresh = wanted.filter(({ old }) => old === undefined).map(({ line }) => line);
  const added = fresh.some((line) => line.startsWith("proxy_set_header"))
    ? [...inheritedLines(scope), ...fresh]
    : fresh;
  const first =
    isDefaultVersion && added[0] === "proxy_http_version 1.1;" ? " (the first one: before nginx 1.29.7)" : "";
  return [
    ...(needsMap ? [MAP] : []),
    ...wanted.flatMap(({ line, old }) => (old ? [`# in the place of line ${old.line} of ${old.file}:`, line] : [])),
    ...(added.length > 0 ? [`# beside proxy_pass, in line ${by.line} of ${by.file}${first}:`, ...added] : []),
  ].join("\n");
}

function wantedLines({ scope, request }: Proxied, host: string): readonly Wanted[] {
  const sent = (name: string) => request.headers.find((header) => header.name.toLowerCase() === name)?.value ?? "";
  const set = nearestAll(scope, "proxy_set_header");
  const isSet = (name: string, value: string) =>
    set.some(({ args }) => args[0]?.toLowerCase() === name && args[1] === value);
  const here = (...words: readonly string[]) =>
    scope.directives.find(
      ({ name, args }) =>
        [name, ...args].slice(0, words.length).join(" ").toLowerCase() === words.join(" ").toLowerCase(),
    );
  const header = (name: string, value: string): Wanted => ({
    line: `proxy_set_header ${name} ${value};`,
    old: here("proxy_set_header", name),
  });
  return [
    ...(request.version === "1.1" ? [] : [{ line: "proxy_http_version 1.1;", old: here("proxy_http_version") }]),
    ...(sent("upgrade").toLowerCase() === "websocket" ? [] : [header("Upgrade", "$http_upgrade")]),
    ...(/\bupgrade\b/i.test(sent("connection"))
      ? []
      : [header("Connection", connectionVariable(scope) ?? "$connection_upgrade")]),
    ...(sent("host") === host || isSet("host", "$http_host") ? [] : [header("Host", "$http_host")]),
  ];
}

/** The variable of a map that is there for Connection already. */
function connectionVariable(scope: Scope): string | undefined {
  return all(scope, "map").find(({ args }) => args[0] === "$http_upgrade")?.args[1];
}

/** One proxy_set_header in a block takes the place of all those around it: they have to be written again. */
function inheritedLines(scope: Scope): readonly string[] {
  const set = nearestAll(scope, "proxy_set_header");
  if (set.some((one) => scope.directives.includes(one))) return [];
  return set
    .filter(({ args }) => !/^(?:upgrade|connection|host)$/i.test(args[0] ?? ""))
    .map(
      ({ args: [name = "", value = ""] }) =>
        `proxy_set_header ${name} ${/[\s;]|^$/.test(value) ? JSON.stringify(value) : value};`,
    );
}
