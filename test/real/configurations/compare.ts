import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { onTestFinished } from "vitest";
import type { Outcome } from "../../../src/cli/explain/configuration/outcome.ts";
import type { ProxyReader } from "../../../src/cli/explain/configuration/proxy-kind.ts";
import { Document } from "../../../src/cli/explain/document.ts";
import { headerValue } from "../../../src/cli/explain/http/request-head.ts";
import { Secrets } from "../../../src/cli/explain/secrets.ts";
import { reported } from "../../cli/explain/reported.ts";
import { type Foreground, freePort } from "../../helpers/foreground.ts";
import { RawClient } from "../../helpers/raw.ts";

/** A configuration: PORT is where it listens, UP the server behind it, and UPPORT the port of that alone. */
export interface Case {
  readonly text: string;
  readonly paths: readonly string[];
  readonly host?: string;
  /** The code that is told where the proxy does not pass the handshake on, and gives no status of its own. */
  readonly lost?: string;
}

/** What a server or a client saw of a handshake. */
export interface Seen {
  /** The request line that the server behind got; null when it got none. */
  readonly line: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
  /** What the proxy answered by itself; null when the server behind was asked. */
  readonly status: number | null;
}

const NAMES = ["upgrade", "connection", "host", "origin", "sec-websocket-key", "sec-websocket-version"] as const;

/** Starts the real proxy, and returns what it did to a handshake beside what is said of it, for each path. */
export async function compared(
  proxy: ProxyReader,
  start: (text: string, port: number) => Promise<Pick<Foreground, "stop">>,
  { text, paths, host = "app.example.com", lost }: Case,
): Promise<{ readonly real: readonly Seen[]; readonly said: readonly Seen[] }> {
  const up = await mirror();
  const port = await freePort();
  const configuration = filled(text, port, up);
  const { stop } = await start(configuration, port);
  onTestFinished(stop);
  const real: Seen[] = [];
  const said: Seen[] = [];
  for (const path of paths) {
    const asked = `${host}:${port}`;
    const found = await seen(port, path, asked);
    const outcome = predicted(proxy, configuration, path, asked);
    real.push(found);
    said.push(told(outcome, lost, found));
  }
  await stop();
  return { real, said };
}

function filled(text: string, port: number, up: string): string {
  return text.replaceAll("UPPORT", up.split(":")[1]!).replaceAll("PORT", `${port}`).replaceAll("UP", up);
}

/** What is said of a configuration. */
export function predicted(proxy: ProxyReader, text: string, path: string, host: string): Outcome {
  const document = new Document("proxy.conf", text);
  const { to, isOurs } = proxy.look(document, 0) ?? { to: 0, isOurs: false };
  if (!isOurs) throw new Error(`not recognised:\n${text}`);
  const question = { path, host, secure: false, secrets: new Secrets() };
  const reading = proxy.read({ document, from: 0, to }, question);
  const [answer] = reading?.answers ?? [];
  if (!answer) throw new Error(`nothing is said of it:\n${text}`);
  return answer.outcome;
}

function told({ fate }: Outcome, lost: string | undefined, real: Seen): Seen {
  if (fate.kind === "passed") {
    const { request } = fate;
    const line = `${request.method} ${request.target} HTTP/${request.version}`;
    return { line, headers: shown((name) => headerValue(request, name)), status: null };
  }
  if (fate.kind === "answered") return { line: null, headers: {}, status: fate.status };
  // What is lost has whatever status the proxy thinks of, but never reaches the server.
  if (fate.kind === "unknown" || fate.seen.code !== lost) throw new Error(`not ${lost}: ${JSON.stringify(fate)}`);
  return { line: null, headers: {}, status: real.line === null ? real.status : -1 };
}

/** A key is any; the ends of a hop may call the connection's headers in another case. */
function shown(get: (name: string) => string | null): Seen["headers"] {
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = get(name);
      const isAny = name === "sec-websocket-key" || (name === "connection" && !/\bupgrade\b/i.test(value ?? ""));
      return [
        name,
        name === "sec-websocket-key"
          ? value === null
            ? null
            : "any"
          : isAny
            ? "no upgrade"
            : (value?.toLowerCase() ?? null),
      ];
    }),
  );
}

/** Asks a proxy; of its answer counts what the server behind got, or the status that it gave itself. */
async function seen(port: number, path: string, host: string): Promise<Seen> {
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.handshake({ path, headers: { host, origin: `http://${host}` } });
  const { status, body } = await client.response();
  client.reset();
  if (status !== 299) return { line: null, headers: {}, status };
  const [line = "", ...fields] = body.split("\r\n");
  const got = new Map(
    fields.map((field) => [field.slice(0, field.indexOf(":")).toLowerCase(), field.slice(field.indexOf(":") + 2)]),
  );
  return { line, headers: shown((name) => got.get(name) ?? null), status: null };
}

/** Tells back the head of each request, with a status that proxies have not. Resolves with its address. */
export async function mirror(): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const text = head.toString("latin1").split("\r\n\r\n")[0]!;
      socket.end(`HTTP/1.1 299 Seen\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a server behind a proxy that is right gets. */
export const RIGHT = {
  upgrade: "websocket",
  connection: "upgrade",
  host: true,
  version: "HTTP/1.1",
  left: [],
} as const;

/** What the server behind gets once the lines that are told are pasted, and what is said of the configuration then. */
export async function mended(
  proxy: ProxyReader,
  start: (text: string, port: number) => Promise<Pick<Foreground, "stop">>,
  { text, paths: [path = "/"], host = "app.example.com" }: Case,
): Promise<object> {
  const up = await mirror();
  const port = await freePort();
  const wrong = filled(text, port, up);
  const asked = `${host}:${port}`;
  // What ends silence is told once the upgrade passes.
  const half = pasted(wrong, snippetsFor(proxy, wrong, path, asked));
  const right = pasted(half, snippetsFor(proxy, half, path, asked));
  const { stop } = await start(right, port);
  onTestFinished(stop);
  const { headers, line } = await seen(port, path, asked);
  await stop();
  return {
    upgrade: headers.upgrade,
    connection: /\bupgrade\b/.test(headers.connection ?? "") ? "upgrade" : headers.connection,
    host: headers.host === asked,
    version: line?.split(" ").at(-1),
    left: snippetsFor(proxy, right, path, asked),
  };
}

/** What is told to paste for a path, by the codes that it mends, without the advice. */
export function snippetsFor(proxy: ProxyReader, text: string, path: string, host: string): readonly string[] {
  const { explanations } = reported([{ name: "proxy.conf", content: text }], { path, host, secure: false });
  const ours = explanations.filter(({ by }) => by.includes(proxy.name));
  return ours.flatMap(({ causes }) => causes.flatMap(({ snippet }) => snippet ?? []));
}

/** A configuration with lines where they are told to go. */
export function pasted(text: string, snippets: readonly string[]): string {
  const rows: string[] = text.split("\n");
  for (const snippet of snippets) {
    for (const part of snippet.split(/^(?=(?:#|\/\/) (?:in the place of|behind|before) line \d)/m)) {
      const [heading = "", ...lines] = part.trimEnd().split("\n");
      const [, how, number] =
        /^(?:#|\/\/) (in the place of|behind|before) line (\d+) of proxy\.conf:$/.exec(heading) ?? [];
      if (how === undefined) throw new Error(`no place is told for ${JSON.stringify(part)}`);
      const at = Number(number) - 1;
      const old = rows[at]!;
      const added = lines.join("\n");
      // Numbers are those of the text as it was: what is added stays in the row that it is told for.
      rows[at] =
        how === "in the place of"
          ? old.replace(text.split("\n")[at]!, () => added)
          : how === "behind"
            ? `${old}\n${added}`
            : `${added}\n${old}`;
    }
  }
  return rows.join("\n");
}
