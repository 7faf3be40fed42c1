import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { evaluate } from "../../../src/cli/explain/configuration/nginx/evaluate.ts";
import { included } from "../../../src/cli/explain/configuration/nginx/include.ts";
import type { Outcome } from "../../../src/cli/explain/configuration/nginx/outcome.ts";
import { parseFrom } from "../../../src/cli/explain/configuration/nginx/parse.ts";
import { serversFor, serversOf } from "../../../src/cli/explain/configuration/nginx/servers.ts";
import { headerValue } from "../../../src/cli/explain/http/request-head.ts";
import { reported } from "../../cli/explain/reported.ts";
import { freePort, PROGRAMS, spawnForeground } from "../../helpers/foreground.ts";
import { RawClient } from "../../helpers/raw.ts";
import { configurations } from "../../proxies/blocks.ts";
import { describeBehind } from "../../proxies/proxy.ts";
import { BROKEN, CASES } from "./nginx-cases.ts";

/** What really came of a request: what the server behind nginx got, or nginx's own answer. */
interface Real {
  readonly status: number;
  readonly location: string | undefined;
  readonly line: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

async function ask(port: number, path: string, host: string): Promise<Real> {
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.handshake({ path, headers: { host, origin: `http://${host}` } });
  const { status, headers, body } = await client.response();
  const [line, ...fields] = status === 299 ? body.split("\r\n") : [];
  const got = fields.map(
    (field) => [field.slice(0, field.indexOf(":")).toLowerCase(), field.slice(field.indexOf(":") + 2)] as const,
  );
  return { status, location: headers.find(([name]) => name === "location")?.[1], line, headers: new Map(got) };
}

/** What is said of a request, in the same terms. */
function predicted(http: string, path: string, host: string): Outcome {
  const { directives } = included(parseFrom(http.split("\n"), 0, "nginx.conf").directives, undefined);
  const [served] = serversFor(serversOf(directives), host, false);
  return evaluate(served!.server, served!.outer, { path, host }, false);
}

/** Tells back the head of each request, with a status that nginx has not. */
async function mirror(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const text = head.toString("latin1").trimEnd();
      socket.end(`HTTP/1.1 299 Seen\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const FOLDERS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  .map((name) => `${name}_temp_path ${name};`)
  .join(" ");

function whole(http: string): string {
  return `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${FOLDERS}\n${http}\n}`;
}

describeBehind("nginx", () => {
  let backend: Server;
  let up: string;

  beforeAll(async () => {
    backend = await mirror();
    up = `127.0.0.1:${(backend.address() as AddressInfo).port}`;
  });

  afterAll(() => void backend.close());

  const filled = (http: string, port: number) => http.replaceAll("LISTEN", `127.0.0.1:${port}`).replaceAll("UP", up);

  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, { http, paths, host }) => {
    const port = await freePort();
    const configuration = filled(http, port);
    const { stop } = await spawnForeground({
      command: "nginx",
      args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
      file: "nginx.conf",
      configuration: whole(configuration),
      port,
    });
    try {
      for (const path of paths) {
        const asked = `${host ?? "app.example.com"}:${port}`;
        const [real, said] = [await ask(port, path, asked), predicted(configuration, path, asked)];
        const told = JSON.stringify({ path, real, said: { ...said, scope: undefined } });
        if (said.kind === "proxied") {
          expect(real.line, told).toBe(`${said.request.method} ${said.request.target} HTTP/${said.request.version}`);
          const names = ["upgrade", "connection", "host", "sec-websocket-key", "sec-websocket-version"] as const;
          const shown = (get: (name: string) => string | null | undefined) =>
            names.map((name) => (name === "sec-websocket-key" ? Boolean(get(name)) : (get(name) ?? null)));
          expect(
            shown((name) => real.headers.get(name)),
            told,
          ).toEqual(shown((name) => headerValue(said.request, name)));
        } else if (said.kind === "answered") {
          expect(real.status, told).toBe(said.status);
          if (said.status < 400 && said.status >= 300) expect(real.location, told).toContain(said.to);
        } else expect({ kind: said.kind, status: real.status }, told).toEqual({ kind: "static", status: 404 });
      }
    } finally {
      await stop();
    }
  });

  it.each(Object.entries(BROKEN))("refuses to start where that is said: %s", (_, http) => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-nginx-"));
    writeFileSync(join(folder, "nginx.conf"), whole(filled(http, 8080)));
    const { status } = spawnSync("nginx", ["-t", "-p", folder, "-c", "nginx.conf", "-e", "stderr"], { env: PROGRAMS });
    rmSync(folder, { recursive: true });
    expect(status).not.toBe(0);
    expect(predicted(filled(http, 8080), "/chat", "a:8080").kind).toBe("broken");
  });

  it.each(["bare", "half", "host", "http-1.0"])(
    "opens with the lines that are told for the wrong one of docs/proxies.md: %s",
    async (mark) => {
      const port = await freePort();
      const wrong = configurations("nginx")
        .find((block) => block.mark === mark)!
        .text.replace("listen 8080", `listen 127.0.0.1:${port}`)
        .replace("127.0.0.1:3000", up);
      const mended = pasted(wrong);
      expect(explained(mended).flatMap(({ causes }) => causes.filter(({ level }) => level !== "advice"))).toEqual([]);
      const { stop } = await spawnForeground({
        command: "nginx",
        args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
        file: "nginx.conf",
        configuration: whole(mended),
        port,
      });
      const { line, headers } = await ask(port, "/chat", `127.0.0.1:${port}`);
      await stop();
      expect({
        line,
        upgrade: headers.get("upgrade"),
        connection: headers.get("connection"),
        host: headers.get("host"),
      }).toEqual({
        line: "GET /chat HTTP/1.1",
        upgrade: "websocket",
        connection: "upgrade",
        host: `127.0.0.1:${port}`,
      });
    },
  );
});

function explained(content: string) {
  return reported([{ name: "nginx.conf", content }], {}).explanations;
}

/** A configuration with the lines that are told where they are told to go. */
function pasted(wrong: string): string {
  const { snippet } = explained(wrong)[0]!.causes.find((cause) => cause.snippet?.includes("# "))!;
  const rows = wrong.split("\n");
  const top: string[] = [];
  let place = (line: string) => void top.push(line);
  for (const line of snippet!.split("\n")) {
    const [, how, number] = /^# (in the place of|beside proxy_pass, in) line (\d+) of nginx\.conf/.exec(line) ?? [];
    const at = Number(number) - 1;
    if (how === "in the place of") place = (text) => void rows.splice(at, 1, text);
    else if (how !== undefined) place = (text) => void rows.splice(at, 1, `${rows[at]}\n${text}`);
    else if (!line.startsWith("#")) place(line);
  }
  return [...top, ...rows].join("\n");
}
