import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../helpers/client.ts";
import { onesocket, type Running } from "../command.ts";
import { Project } from "./project.ts";

/** A module that adds two numbers: `(func (export "add") (param i32 i32) (result i32) …)`. */
const ADD = Uint8Array.from(
  "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b".match(/../g)!,
  (byte) => Number.parseInt(byte, 16),
);

/** What wrangler bundles; each line is one kind that it knows. */
const MODULE = `
  import { Buffer } from "node:buffer";
  import { EventEmitter } from "events";
  import { join } from "path";
  import legacy from "legacy";
  import nodeFetch from "node-fetch";
  import wasm from "./add.wasm";
  import text from "./words/greeting.txt";
  import html from "./page.html";
  import sql from "./schema.sql";
  import bytes from "./data.bin";

  const add = new WebAssembly.Instance(wasm).exports.add;
  const emitter = new EventEmitter();
  emitter.on("said", (socket, what) => socket.send(what));

  export default defineSocket({
    name: "echo",
    message(socket, data) {
      if (data === "fail") throw new Error("in a hook");
      emitter.emit("said", socket, JSON.stringify({
        buffer: Buffer.from("häi").toString("base64"),
        path: join("a", "..", "b"),
        legacy: legacy("x"),
        nodeFetch: typeof nodeFetch,
        sum: add(40, 2),
        text, html, sql,
        bytes: [...new Uint8Array(bytes)],
        mode: process.env.NODE_ENV,
      }));
    },
  });`;

async function ask(server: Running): Promise<Record<string, unknown>> {
  const client = await Client.connect(server.url);
  client.send("what?");
  const reply = await client.json();
  client.vanish();
  return reply;
}

describe.each(["workers", "durable"])("onesocket dev --on %s bundles as wrangler does", (on) => {
  const project = new Project();
  let server: Running;
  let reply: Record<string, unknown>;

  beforeAll(async () => {
    project.file("add.wasm", ADD);
    project.file("words/greeting.txt", "good morning");
    project.file("page.html", "<p>hi</p>");
    project.file("schema.sql", "select 1");
    project.file("data.bin", new Uint8Array([0, 255, 7]));
    project.file("node_modules/legacy/package.json", '{ "name": "legacy", "main": "main.js" }');
    project.file(
      "node_modules/legacy/main.js",
      `const util = require("util"); module.exports = (what) => util.format("%s!", what);`,
    );
    const args = ["dev", project.module("module.ts", MODULE), "--port", "0", "--on", on];
    // vitest's own mode is not the command's.
    server = await onesocket(args, { env: { ...process.env, NODE_ENV: undefined } });
    reply = await ask(server);
  });

  afterAll(async () => {
    server.kill("SIGTERM");
    await server.ended;
    project.remove();
  });

  it("Node's built-in modules, with and without their prefix", () => {
    expect(reply).toMatchObject({ buffer: "aMOkaQ==", path: "b" });
  });

  it("CommonJS that requires them", () => {
    expect(reply.legacy).toBe("x!");
  });

  it("what stands in for packages that need Node", () => {
    expect(reply.nodeFetch).toBe("function");
  });

  it("WebAssembly, as a module", () => {
    expect(reply.sum).toBe(42);
  });

  it("text, pages, SQL and bytes", () => {
    expect(reply).toMatchObject({ text: "good morning", html: "<p>hi</p>", sql: "select 1", bytes: [0, 255, 7] });
  });

  it("for development", () => {
    expect(reply.mode).toBe("development");
  });

  it("so that errors are told where they are in the sources", async () => {
    const client = await Client.connect(server.url);
    client.send("fail");
    expect((await client.closed).code).toBe(1011);
    await server.said("echo: a hook failed: Error: in a hook");
    expect(await server.said("at ")).toMatch(/module\.ts:23:34\)?$/);
  });

  it("again when a text changes", async () => {
    project.file("words/greeting.txt", "good night");
    await server.said("reloaded");
    expect(await ask(server)).toMatchObject({ text: "good night", sum: 42 });
  });
});
