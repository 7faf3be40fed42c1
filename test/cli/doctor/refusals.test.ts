import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { hopOf } from "../../../src/cli/doctor/hop.ts";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { ROOT } from "../../docs/pages.ts";
import { describeWhere } from "../../helpers/needs.ts";
import { answer, consult, type Patient, patient, rawPatient } from "./lab.ts";

/** Debian's, whose packages of the libraries there are. */
const PYTHON = "/usr/bin/python3";
const MODULES = "tornado, aiohttp, websockets, uvicorn";
const isThere = spawnSync(PYTHON, ["-c", `import ${MODULES}`]).status === 0;

let ports: Readonly<Record<string, number>>;

/** A hop that changes the head of each request on its way to a port. */
function changing(port: number, edit: (head: string) => string): Promise<Patient> {
  return rawPatient((socket) => {
    socket.once("data", (chunk) => {
      const server = connect(port, "127.0.0.1");
      server.on("error", () => {}).on("close", () => socket.destroy());
      socket.on("close", () => server.destroy());
      server.write(edit(chunk.toString("latin1")), "latin1");
      socket.pipe(server).pipe(socket);
    });
  });
}

async function behind(name: string, edit: (head: string) => string, context: TestContext): Promise<DoctorReport> {
  const { host, stop } = await changing(ports[name]!, edit);
  context.onTestFinished(stop);
  return consult(`ws://${host}`);
}

const without = (header: string) => (head: string) => head.replace(new RegExp(`^${header}: .*\r\n`, "im"), "");
const BARE = (head: string) => without("upgrade")(head).replace("Connection: Upgrade", "Connection: close");

describeWhere(isThere, `${MODULES} are not installed for ${PYTHON}`, "the real refusals of", () => {
  let child: ReturnType<typeof spawn>;

  beforeAll(async () => {
    child = spawn(PYTHON, [`${ROOT}/test/fixtures/refusing.py`], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout!), "line");
    ports = JSON.parse(String(line).slice("ready ".length));
  });

  afterAll(async () => {
    child.kill("SIGKILL");
    await once(child, "close");
  });

  it.concurrent.each([
    ["Tornado", "UPGRADE_STRIPPED", without("upgrade")],
    ["Tornado", "CONNECTION_NO_UPGRADE", (head: string) => head.replace("Connection: Upgrade", "Connection: close")],
    ["Tornado", "KEY_MISSING", without("sec-websocket-key")],
    ["aiohttp", "UPGRADE_STRIPPED", BARE],
    ["aiohttp", "CONNECTION_NO_UPGRADE", (head: string) => head.replace("Connection: Upgrade", "Connection: close")],
    ["aiohttp", "KEY_MISSING", without("sec-websocket-key")],
    ["websockets", "UPGRADE_STRIPPED", without("upgrade")],
    ["websockets", "CONNECTION_NO_UPGRADE", BARE],
    ["websockets", "KEY_MISSING", without("sec-websocket-key")],
    ["websockets", "VERSION_UNSUPPORTED", (head: string) => head.replace("Version: 13", "Version: 8")],
    ["uvicorn", "KEY_MISSING", without("sec-websocket-key")],
  ] as const)("%s: %s, changed on the way", async (name, code, edit) => {
    const { host, stop } = await changing(ports[name]!, edit);
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: false, code });
    expect(report.detail).toContain("changed on the way");
    expect(report.experiments).toEqual([]);
  });

  it.concurrent.each(["Tornado", "websockets"])("%s: an Origin", async (name) => {
    const report = await consult(`ws://127.0.0.1:${ports[name]}`, "--origin", "https://other.example");
    expect(report).toMatchObject({ ok: false, code: "ORIGIN_REJECTED" });
  });

  it.concurrent.each(["Tornado", "aiohttp", "websockets", "uvicorn"])(
    "%s: nothing, where all is well",
    async (name) => {
      expect(await consult(`ws://127.0.0.1:${ports[name]}`)).toMatchObject({ ok: true });
    },
  );

  it.concurrent("uvicorn without a library: what is missing there", async () => {
    const report = await consult(`ws://127.0.0.1:${ports["uvicorn without a library"]}`);
    expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101" });
    expect(report.detail).toContain("uvicorn[standard]");
  });

  it.concurrent("uvicorn behind a hop that strips upgrades: no WebSocket server saw the handshake", async (context) => {
    const report = await behind("uvicorn", BARE, context);
    expect(report).toMatchObject({ ok: false, code: "NO_ROUTE" });
    expect(report.detail).toContain("no WebSocket server saw the handshake");
  });
});

/** As their sources write them: these programs do not run here. */
const IMITATED: readonly (readonly [what: string, code: string, status: string, body: string, headers: string])[] = [
  ["Spring", "UPGRADE_STRIPPED", "400 Bad Request", 'Can "Upgrade" only to "WebSocket".', ""],
  ["Spring", "CONNECTION_NO_UPGRADE", "400 Bad Request", '"Connection" must be "upgrade".', ""],
  ["Spring", "ORIGIN_REJECTED", "403 Forbidden", "Invalid CORS request", ""],
  ["gorilla", "ORIGIN_REJECTED", "403 Forbidden", "Forbidden\n", "Sec-Websocket-Version: 13\r\n"],
  [
    "coder/websocket",
    "ORIGIN_REJECTED",
    "403 Forbidden",
    'request Origin "a.example" is not authorized for Host "b.example"\n',
    "",
  ],
];

/** As the real ones answered: Action Cable 6.1.7.10 on Puma 5.6.5, daphne 4.0.0 with Channels 4.0.0 (Debian 12). */
const RECORDED: readonly (readonly [what: string, code: string, answer: string, detail: RegExp, fix: RegExp])[] = [
  [
    "Action Cable: an Origin, or no upgrade",
    "STATUS_NOT_101",
    "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nCache-Control: no-cache\r\nX-Request-Id: 36c5d8b9-284c-4006-bb78-1d60262d92f9\r\nX-Runtime: 0.000919\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nPage not found\r\n0\r\n\r\n",
    /Action Cable answers so to an Origin/,
    /allowed_request_origins/,
  ],
  [
    "daphne: Connection",
    "CONNECTION_NO_UPGRADE",
    "HTTP/1.1 400 HTTP Connection header missing\r\n\r\n",
    /Autobahn/,
    /^Make the proxy/,
  ],
  [
    "daphne: Connection: close",
    "CONNECTION_NO_UPGRADE",
    'HTTP/1.1 400 HTTP Connection headers do not include "upgrade" value (case-insensitive): "close"\r\n\r\n',
    /Autobahn/,
    /^Make the proxy/,
  ],
  [
    "daphne: the key",
    "KEY_MISSING",
    "HTTP/1.1 400 HTTP Sec-WebSocket-Key header missing\r\n\r\n",
    /Autobahn/,
    /^Pass the whole/,
  ],
  [
    "daphne: a consumer that closes",
    "FORBIDDEN",
    "HTTP/1.1 403 Access denied\r\n\r\n",
    /closed before it accepted/,
    /connect\(\)/,
  ],
  [
    "daphne: no route, or no websocket",
    "STATUS_NOT_101",
    "HTTP/1.1 500 Internal server error\r\n\r\n",
    /a path without a route/,
    /No route found for path/,
  ],
];

describe.concurrent("the recorded refusals of", () => {
  it.each(RECORDED)("%s (%s)", async (_, code, bytes, detail, fix) => {
    const { host, stop } = await patient((socket) => socket.end(bytes));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({
      ok: false,
      code,
      detail: expect.stringMatching(detail),
      fix: expect.stringMatching(fix),
    });
    expect(report.detail).not.toContain("no WebSocket server saw");
  });

  it("a page that is not found elsewhere is no Action Cable's", async () => {
    const { host, stop } = await patient((socket) => socket.end(answer("404 Not Found", "Page not found")));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report.code).toBe("NO_ROUTE");
  });
});

describe.concurrent("the imitated refusals of", () => {
  it.each(IMITATED)("%s: %s", async (_, code, status, body, headers) => {
    const { host, stop } = await patient((socket) => socket.end(answer(status, body, headers ?? "")));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: false, code });
  });

  it.each(["Transport unknown", "Session ID unknown", "Bad request", "Unsupported protocol version"])(
    "Socket.IO: %s",
    async (message) => {
      const { host, stop } = await patient((socket) =>
        socket.end(answer("400 Bad Request", JSON.stringify({ code: 0, message }))),
      );
      const report = await consult(`ws://${host}`);
      await stop();
      expect(report.detail).toContain("Socket.IO");
      expect(report.detail).not.toContain("no WebSocket server saw");
    },
  );

  it("a page that says Forbidden without a word of WebSockets is no gorilla's", async () => {
    const { host, stop } = await patient((socket) => socket.end(answer("403 Forbidden", "Forbidden\n")));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report.code).toBe("FORBIDDEN");
    expect(hopOf({ statusLine: "", version: "1.1", status: 403, headers: [], faults: [] }, "Forbidden\n")).toBe(
      undefined,
    );
  });
});
