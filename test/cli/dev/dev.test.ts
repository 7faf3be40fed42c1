import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, launch } from "../../helpers/browser.ts";
import { Client } from "../../helpers/client.ts";
import { freePort } from "../../helpers/programs.ts";
import { npmRun, onesocket, ROOT, type Running } from "../command.ts";

const RUNTIMES = ["node", "bun", "deno", "workers", "durable"];
const run = promisify(execFile);

function dev(module: string, ...args: string[]): Promise<Running> {
  return onesocket(["dev", `test/hosts/${module}`, "--port", "0", ...args]);
}

let browser: Promise<Browser> | undefined;

afterAll(async () => (await browser)?.close());

/** Runs in the page: echoes text and bytes over Chromium's own WebSocket, and tells how it closed. */
async function talk(url: string): Promise<unknown> {
  const ws = new WebSocket(url);
  ws.binaryType = "arraybuffer";
  const event = <T extends Event>(name: string) =>
    new Promise<T>((resolve) => ws.addEventListener(name, (seen) => resolve(seen as T), { once: true }));
  await event("open");
  const replies: unknown[] = [];
  for (const message of ["häi", new Uint8Array([0, 127, 255]), "x".repeat(1 << 20)]) {
    ws.send(message);
    const { data } = await event<MessageEvent>("message");
    replies.push(typeof data === "string" ? data.length : [...new Uint8Array(data)]);
  }
  ws.close(4000, "done");
  const { code, wasClean } = await event<CloseEvent>("close");
  return { replies, code, wasClean };
}

describe.each(RUNTIMES)("onesocket dev --on %s", (runtime) => {
  let server: Running;

  beforeAll(async () => {
    server = await dev("echo.ts", "--on", runtime);
  });

  afterAll(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });

  it("prints where it accepts connections, and on what", () => {
    expect(server.line).toMatch(new RegExp(`^ready ws://127\\.0\\.0\\.1:\\d+ \\(${runtime}\\)$`));
  });

  it("echoes text, bytes and a message of 16 MiB", async () => {
    const client = await Client.connect(server.url);
    const large = new Uint8Array(1 << 24).fill(7);
    for (const message of ["", "häi", new Uint8Array([0, 255]), large]) {
      client.send(message);
      expect(Buffer.compare(Buffer.from(await client.next()), Buffer.from(message))).toBe(0);
    }
    await client.close();
  });

  it.each([
    ["Node", process.execPath, []],
    ["Bun", "bun", []],
    ["Deno", "deno", ["run", "-A"]],
  ])("talks to %s's own client", async (_, command, flags) => {
    const args = [...flags, `${import.meta.dirname}/client-program.ts`, server.url];
    const path = `${ROOT}/node_modules/.bin:${process.env.PATH}`;
    const { stdout } = await run(command, args, { env: { ...process.env, PATH: path } });
    expect(JSON.parse(stdout)).toEqual({ messages: ["häi", [0, 127, 255]], code: 1000, wasClean: true });
  });

  describeInBrowser("in a browser", () => {
    it("talks to Chromium's own client", async () => {
      browser ??= launch();
      const page = await (await browser).newPage();
      const seen = await page.evaluate(talk, server.url);
      expect(seen).toEqual({ replies: [3, [0, 127, 255], 1 << 20], code: 4000, wasClean: true });
      await page.close();
    });
  });

  it("serves an app, and leaves it the same way on a terminal's Ctrl-C", async () => {
    const running = await dev("app.ts", "--on", runtime);
    const ann = await Client.connect(`${running.url}/chat/tea?name=Ann`);
    expect(await ann.next()).toBe("Ann joined");
    const bob = await Client.connect(`${running.url}/chat/tea?name=Bob`);
    expect(await ann.next()).toBe("Bob joined");
    running.killGroup("SIGINT");
    expect([(await ann.closed).code, (await bob.closed).code]).toEqual([1001, 1001]);
    expect((await running.ended).code).toBe(0);
  });

  // The last one here: it ends the server of those before, of which nothing may be told either.
  it("closes its sockets with 1001 on SIGTERM, and ends with 0 and nothing else on stdout", async () => {
    const [quiet, used] = [await Client.connect(server.url), await Client.connect(server.url)];
    used.send("x");
    await used.next();
    server.kill("SIGTERM");
    expect([(await quiet.closed).code, (await used.closed).code]).toEqual([1001, 1001]);
    expect(await server.ended).toEqual({ code: 0, stdout: `${server.line}\n`, stderr: "" });
  });
});

describe("onesocket dev", () => {
  it("serves on Node, and takes the port and the host that it is given", async () => {
    const port = await freePort();
    const server = await onesocket(["dev", "test/hosts/rooms.ts", "--port", `${port}`, "--host", "localhost"]);
    expect(server.line).toBe(`ready ws://localhost:${port} (node)`);
    server.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });

  it("leaves when npm is told to end, which ends its shell and does not tell us", async () => {
    const server = await npmRun(["dev", "test/hosts/echo.ts", "--port", "0"]);
    const client = await Client.connect(server.url);
    server.kill("SIGTERM");
    expect((await client.closed).code).toBe(1001);
    // Its output is ours: this waits for us, too.
    expect(await server.ended).toMatchObject({ stdout: `${server.line}\n`, stderr: "" });
  });

  it("leaves on a terminal's Ctrl-C under npm", async () => {
    const server = await npmRun(["dev", "test/hosts/echo.ts", "--port", "0"]);
    const client = await Client.connect(server.url);
    server.killGroup("SIGINT");
    expect((await client.closed).code).toBe(1001);
    expect(await server.ended).toMatchObject({ stdout: `${server.line}\n`, stderr: "" });
  });

  it("leaves when its command is killed", async () => {
    const server = await dev("echo.ts", "--on", "bun");
    const client = await Client.connect(server.url);
    server.kill("SIGKILL");
    expect((await client.closed).code).toBe(1001);
  });

  it("prints its usage", async () => {
    const { code, stdout, stderr } = await (await onesocket(["dev", "--help"])).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: onesocket dev <module>/);
  });
});

describe("onesocket", () => {
  it("prints its usage", async () => {
    const { code, stdout } = await (await onesocket(["--help"])).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: onesocket <command>/);
  });

  it("prints its version", async () => {
    const { code, stdout } = await (await onesocket(["--version"])).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("onesocket ends with 2 and one sentence on stderr", () => {
  const nothing = "its default export is neither a definition (defineSocket) nor an app with a fetch method";
  const help = "see onesocket dev --help";

  it.each([
    ["without a command", [], "no command: see onesocket --help"],
    ["for a command that it hasn't", ["serve"], "no command serve: see onesocket --help"],
    ["without a module", ["dev"], `dev takes one module: ${help}`],
    ["for two modules", ["dev", "a.ts", "b.ts"], `dev takes one module: ${help}`],
    ["for an unknown option", ["dev", "a.ts", "--fast"], `Unknown option '--fast': ${help}`],
    ["for a missing module", ["dev", "none.ts"], "there is no module none.ts"],
    [
      "for an unknown runtime",
      ["dev", "test/hosts/echo.ts", "--on", "qjs"],
      `--on qjs is none of node, bun, deno, workers, durable: ${help}`,
    ],
    [
      "for a port that is none",
      ["dev", "test/hosts/echo.ts", "--port", "65536"],
      `--port 65536 is no number from 0 to 65535: ${help}`,
    ],
    // Both that run in workerd have one runner.
    ...RUNTIMES.slice(0, -1).map((on): [string, string[], string] => [
      `for a module that exports its definition by name only, on ${on}`,
      ["dev", "test/hosts/named.ts", "--port", "0", "--on", on],
      "test/hosts/named.ts has nothing to serve: its default export has to be the definition or an app. Add: export default chat;",
    ]),
    ...RUNTIMES.map((on): [string, string[], string] => [
      `for a module with nothing to serve on ${on}`,
      ["dev", "test/hosts/nothing.ts", "--port", "0", "--on", on],
      `test/hosts/nothing.ts has nothing to serve: ${nothing}`,
    ]),
  ])("%s", async (_, args, sentence) => {
    const { ended } = await onesocket(args);
    expect(await ended).toEqual({ code: 2, stdout: "", stderr: `onesocket: ${sentence}\n` });
  });

  it("for a port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { ended } = await onesocket(["dev", "test/hosts/echo.ts", "--port", `${port}`]);
    expect(await ended).toEqual({ code: 2, stdout: "", stderr: `onesocket: port ${port} is taken\n` });
    other.close();
  });
});

describe("a module on Durable Objects", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "onesocket-"));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function write(code: string): string {
    writeFileSync(
      join(folder, "module.ts"),
      `import { Hono } from "${ROOT}/node_modules/hono/dist/index.js";
       import { defineSocket } from "${ROOT}/src/index.ts";
       import { upgrade } from "${ROOT}/src/adapters/hono/index.ts";
       ${code}`,
    );
    return `${folder}/module.ts`;
  }

  it("says that an app's definitions must be exported, and which one when a route uses it", async () => {
    const module = write(`
      const chat = defineSocket({ name: "chat" });
      export default new Hono().get("/", (c) => upgrade(c, chat));`);
    const server = await onesocket(["dev", module, "--port", "0", "--on", "durable"]);
    await expect(Client.connect(server.url)).rejects.toThrow("500");
    server.kill("SIGTERM");
    const { stderr } = await server.ended;
    expect(stderr).toContain(`onesocket: ${module} exports no definition`);
    expect(stderr).toContain('onesocket: export the definition "chat" from the module');
    expect(stderr).not.toContain("wrangler.toml");
  });

  it("refuses two definitions of one name", async () => {
    const module = write(`
      export const chat = defineSocket({ name: "chat" });
      export default defineSocket({ name: "chat" });`);
    const { code, stderr } = await (await onesocket(["dev", module, "--port", "0", "--on", "durable"])).ended;
    expect(code).toBe(2);
    expect(stderr).toBe(`onesocket: ${module} exports two definitions that are named "chat"\n`);
  });
});

describe("a checkout without the runtimes", () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "onesocket-"));
    for (const part of ["src", "package.json", "test/hosts"])
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    writeFileSync(join(root, "throws.ts"), 'throw new Error("no database\\nat all");\n');
  });

  afterAll(() => rmSync(root, { recursive: true }));

  it.each([
    ["bun", "bun was not found: install it (https://bun.sh), or npm install --save-dev bun"],
    ["deno", "deno was not found: install it (https://deno.com), or npm install --save-dev deno"],
    ["workers", "--on workers needs wrangler: npm install --save-dev wrangler"],
    ["durable", "--on durable needs wrangler: npm install --save-dev wrangler"],
  ])("is told what --on %s needs", async (on, sentence) => {
    const args = ["dev", `${root}/test/hosts/echo.ts`, "--port", "0", "--on", on];
    const { ended } = await onesocket(args, { root, env: { PATH: root } });
    expect(await ended).toEqual({ code: 2, stdout: "", stderr: `onesocket: ${sentence}\n` });
  });

  it("is told last, after the stack, in one line why a module can't be loaded", async () => {
    const { ended } = await onesocket(["dev", `${root}/throws.ts`, "--port", "0"], { root });
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      `onesocket: ${root}/throws.ts cannot be served on node: no database`,
    );
  });
});
