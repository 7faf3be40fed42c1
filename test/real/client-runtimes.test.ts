import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { PING, PONG } from "../../src/core/rpc/wire.ts";
import { answer, type Habit, type Patient, patient } from "../cli/doctor/lab.ts";
import { Peer, Tunnel } from "../client/peer.ts";
import type { Places } from "../client/programs/scenario.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { COMMANDS, type ProcessRuntime } from "../helpers/runtimes.ts";

const PROGRAMS = join(import.meta.dirname, "../client/programs");

let peer: Peer;
let tunnel: Tunnel;
let refusing: Patient[];
let silent: Patient;

/** JSON-RPC in a few lines, and raw texts: `close 4001` closes, others come back. */
function serve(socket: WebSocket, text: string): void {
  const [, code] = /^close (\d+)$/.exec(text) ?? [];
  if (code) socket.close(Number(code), "because");
  else if (text === PING) socket.send(PONG);
  else if (text.startsWith("{")) answerTo(socket, JSON.parse(text));
  else socket.send(text);
}

function answerTo(socket: WebSocket, { id, method, params }: { id: number; method: string; params: unknown }): void {
  const tell = (message: object) => socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  if (method === "die") socket.terminate();
  if (method === "fail") tell({ id, error: { code: -32_602, message: "no", data: [1] } });
  if (method === "offered")
    tell({ id, result: peer.requests[peer.sockets.indexOf(socket)]?.headers["sec-websocket-protocol"] });
  if (method === "echo") tell({ id, result: params ?? null });
  if (method === "echo") tell({ method: "said", params: ["hello"] });
}

const says =
  (...args: Parameters<typeof answer>): Habit =>
  (socket) =>
    void socket.end(answer(...args));

beforeAll(async () => {
  peer = await Peer.start(serve);
  const page = says("200 OK", "<!doctype html>", "Content-Type: text/html\r\n");
  const refused = says("401 Unauthorized");
  const told = JSON.stringify({ code: "ORIGIN_REJECTED", cause: "x", fix: "y" });
  refusing = [
    await patient(refused),
    await patient((socket, ask, behind) => (ask.header("upgrade") ? refused : page)(socket, ask, behind)),
    await patient(page),
    await patient(says("403 Forbidden", told, "onesocket-failure: ORIGIN_REJECTED\r\n")),
    await patient((socket) => socket.end()),
  ];
  silent = await patient(() => {});
});

afterAll(async () => {
  await peer.stop();
  for (const server of [...refusing, silent]) await server.stop();
});

/** What the scenario tells, of each runtime alike but for how much the runtime tells of a refused handshake. */
async function expectAsOn(runtime: "node" | "telling", run: (places: Places) => Promise<unknown>): Promise<void> {
  tunnel = await Tunnel.to(peer.port);
  const pings = () => peer.texts.filter((text) => text === PING).length;
  const before = pings();
  const freeze = peer
    .until(() => pings() > before + 3)
    .then(() => {
      tunnel.frozen = true;
    });
  const thaw = tunnel.ended.then(() => {
    tunnel.frozen = false;
  });
  const urls = refusing.map(({ host }) => `ws://${host}/`);
  const seen = await run({
    peer: peer.url,
    frozen: tunnel.url,
    silent: `ws://${silent.host}/`,
    refusing: [...urls, "ws://127.0.0.1:9/"],
  });
  await Promise.all([freeze, thaw]);
  await tunnel.stop();
  const told = runtime === "telling";
  expect(seen).toEqual({
    messages: ["häi", [0, 255]],
    requests: [{ n: 1 }, -32_602, [1], "UNKNOWN_OUTCOME", null, "hello"],
    closes: [1012, "closed", 4001, "because", false],
    tokens: ["chat, bearer.a.b", "chat", "BAD_URL"],
    signals: "closed",
    early: ["closed", "closed", "NOT_TOLD"],
    halfOpen: ["PING_TIMEOUT", true, ["again"]],
    reasons: [
      told ? "AUTH_REQUIRED" : "NOT_TOLD, likely AUTH_REQUIRED",
      told ? "AUTH_REQUIRED" : "NOT_TOLD, likely HTML_FALLBACK",
      told ? "HTML_FALLBACK" : "NOT_TOLD, likely HTML_FALLBACK",
      "ORIGIN_REJECTED",
      "HTTP_FAILS_TOO",
      "HTTP_FAILS_TOO",
    ],
  });
}

describe("the client", () => {
  it.each([
    ["node", "node"],
    ["bun", "telling"],
    ["deno", "telling"],
  ] as [ProcessRuntime, "node" | "telling"][])("does on %s what it does everywhere", async (runtime, as) => {
    await expectAsOn(as, async (places) => {
      const [command, ...flags] = COMMANDS[runtime]();
      const program = join(PROGRAMS, "program.ts");
      const { stdout } = await promisify(execFile)(command, [...flags, program, JSON.stringify(places)]);
      return JSON.parse(stdout);
    });
  });

  it("does in a Worker what it does everywhere", async () => {
    const worker = await startWorker(join(PROGRAMS, "worker.ts"));
    try {
      await expectAsOn("telling", async (places) => {
        const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(places) });
        return response.json();
      });
    } finally {
      await worker.dispose();
    }
  });
});
