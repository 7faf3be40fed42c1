import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, consult, type Patient, patient, wellBehaved } from "./lab.ts";

let root: string;
let vite: ViteDevServer;
let app: Patient;
let url: string;

beforeAll(async () => {
  app = await patient((socket, ask, behind) => {
    if (ask.header("upgrade")) wellBehaved()(socket, ask, behind);
    else socket.end(answer("404 Not Found"));
  });
  root = mkdtempSync(join(tmpdir(), "onesocket-vite-"));
  writeFileSync(join(root, "index.html"), "<!doctype html><div id=app></div>");
  const target = `http://${app.host}`;
  const proxy = { "/api": { target }, "/chat": { target, ws: true } };
  vite = await createServer({
    root,
    configFile: false,
    logLevel: "silent",
    server: { host: "127.0.0.1", port: 0, proxy },
  });
  await vite.listen();
  url = `ws://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await vite.close();
  await app.stop();
  rmSync(root, { recursive: true });
});

describe.concurrent("behind Vite", () => {
  it.each(["/api", "/elsewhere"])("%s, which its proxy does not upgrade, is never answered", async (path) => {
    const report = await consult(url + path, "--timeout", "1500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT", hop: { name: "Vite" } });
    expect(report.snippet).toContain(`"${path}": { target: "http://127.0.0.1:3000", ws: true }`);
  });

  it("a path with ws: true is well", async () => {
    expect(await consult(`${url}/chat`)).toMatchObject({ ok: true, code: null });
  });
});

/** As webpack-dev-server 5.2.7 does (2026-11-27): it is no package of this project's. */
const PACKED =
  '<!DOCTYPE html><html><head><meta charset="utf-8"/></head><body><div><h1>Assets Report:</h1></div></body></html>';

it("webpack-dev-server, which leaves an upgrade that it does not know unanswered, is recognised, with its lines", async () => {
  const app = await patient((socket, ask) => {
    if (ask.header("upgrade")) return;
    socket.end(ask.line.includes(" /webpack-dev-server ") ? answer("200 OK", PACKED) : answer("404 Not Found"));
  });
  const report = await consult(`ws://${app.host}/chat`, "--timeout", "1500ms");
  await app.stop();
  expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT", hop: { name: "webpack-dev-server" } });
  expect(report.snippet).toContain('context: ["/chat"], target: "http://127.0.0.1:3000", ws: true');
});
