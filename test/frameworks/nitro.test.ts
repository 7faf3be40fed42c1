import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Drained } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NpmProject } from "../helpers/npm-project.ts";
import { answerTo, itServes, type Served } from "./suite.ts";

const NITRO = "node_modules/nitro/dist/cli/index.mjs";

const PLACE = { PORT: "0", HOST: "127.0.0.1" };

const FILES: Readonly<Record<string, string>> = {
  "nitro.config.ts": `
import { defineConfig } from "nitro";
const { PRESET: preset, OUTPUT: dir } = process.env;
export default defineConfig({
  preset,
  serverDir: "server",
  features: { websocket: true },
  exportConditions: ["onesocket-source"],
  output: { dir },
});
`,
  "server/chat.ts": `
import { defineSocket } from "onesocket";
import { handler } from "onesocket/node/handler";
const chat = defineSocket({
  name: "chat",
  upgrade(request) {
    if (new URL(request.url).searchParams.has("stranger")) throw new Response("who are you?", { status: 401 });
  },
  message: (socket, data) => void socket.send("echo: " + data),
});
export const sockets = handler(chat, { path: "/chat", observe: () => {} });
process.on("message", async (order) => {
  process.send((await (order === "drain" ? sockets.drain({ reason: "a deploy" }) : sockets.close())) ?? {});
});
`,
  "server/routes/chat.ts": `
import { fromNodeUpgradeHandler } from "crossws/adapters/node";
import { defineWebSocketHandler } from "nitro";
import { sockets } from "../chat.ts";
export default defineWebSocketHandler(fromNodeUpgradeHandler(sockets.upgrade));
`,
  "server/routes/page.ts": 'export default () => "a page";\n',
  "own.ts": `
import { createServer } from "node:http";
import { middleware } from "./built/middleware/server/index.mjs";
import { sockets } from "./server/chat.ts";
const server = createServer(middleware);
server.on("upgrade", sockets.upgrade);
server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port + "/"));
`,
};

let project: NpmProject;
const children: ChildProcess[] = [];

beforeAll(async () => {
  project = await NpmProject.install(["nitro@3.0.260903-beta", "crossws@0.4.17"]);
  for (const [name, text] of Object.entries(FILES)) project.write(name, text);
  await build("node_server", "built/route");
  await build("node_middleware", "built/middleware");
}, 240_000);

afterAll(async () => {
  for (const child of children) await end(child);
  project?.remove();
});

async function build(PRESET: string, OUTPUT: string): Promise<void> {
  const env = { ...process.env, PRESET, OUTPUT, NODE_OPTIONS: "" };
  await promisify(execFile)(process.execPath, [NITRO, "build"], { cwd: project.folder, env });
}

/** A program of the project, and its URL, which it prints. */
async function run(file: string, ...args: string[]): Promise<readonly [url: string, child: ChildProcess]> {
  const child = fork(join(project.folder, file), args, {
    cwd: project.folder,
    execPath: process.execPath,
    execArgv: ["--conditions=onesocket-source"],
    // In what looks like a test Nitro does not say where it listens.
    env: { ...process.env, ...PLACE, NODE_OPTIONS: "", NO_COLOR: "1", TEST: "", OUTPUT: "built/development" },
    silent: true,
  });
  children.push(child);
  return [await urlOf(child), child];
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
      const url = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(output)?.[1];
      if (url) resolve(url);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${output}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function start(file: string): Promise<Served> {
  const [url, child] = await run(file);
  const order = async (name: string) => {
    child.send(name);
    const [answer] = await once(child, "message");
    return answer as Drained;
  };
  const sockets = { drain: () => order("drain"), close: async () => void (await order("close")) };
  return { url, sockets, stop: () => end(child) };
}

itServes("Nitro, as a route beside WebSockets of its own,", () => start("built/route/server/index.mjs"), {
  untaken: "101",
});

itServes("Nitro, as middleware of its owner's server,", () => start("own.ts"));

describe("Nitro's development server", () => {
  it("gives a route no socket to open: what is ours is answered 500", async () => {
    const [url] = await run(NITRO, "dev", "--port", "0", "--host", "127.0.0.1");
    await expect.poll(async () => (await fetch(`${url}/page`)).text()).toBe("a page");
    expect(await answerTo(url, "/chat")).toBe("500 Internal Server Error");
  }, 60_000);
});
