import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { build } from "esbuild";
import type { Drained } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { NpmProject } from "../helpers/npm-project.ts";
import { answerTo, itServes, type Served } from "./suite.ts";
import { ways } from "./ways.ts";

const SAYS = `import { defineSocket, rooms } from "../../onesocket.js";
const room = rooms(defineSocket({ name: "chat" })).get("default");
export async function GET() {
  await room.send("from a route");
  return Response.json(await room.count());
}`;

let project: NpmProject;

beforeAll(async () => {
  project = await NpmProject.install(["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"]);
  project.write("app/page/route.js", 'export const GET = () => new Response("a page");');
  project.write("app/say/route.js", SAYS);
  // A file of the project, which Next bundles as it does any package.
  await build({
    stdin: { contents: 'export { defineSocket, rooms } from "onesocket";', resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    outfile: join(project.folder, "onesocket.js"),
    conditions: ["onesocket-source"],
  });
}, 180_000);

afterAll(() => project?.remove());

/** Next's development server in the middle of its owner's server. */
async function start(way: string): Promise<Served> {
  const child = fork(join(import.meta.dirname, "../hosts/next.ts"), [project.folder, way], {
    execPath: process.execPath,
    execArgv: ["--conditions=onesocket-source"],
    env: { ...process.env, NODE_ENV: "development", NEXT_TELEMETRY_DISABLED: "1", NODE_OPTIONS: "" },
    silent: true,
  });
  const url = `http://127.0.0.1:${await portOf(child)}`;
  const order = async (name: string) => {
    child.send(name);
    const [answer] = await once(child, "message");
    return answer as Drained;
  };
  const stop = async () => {
    const exit = once(child, "exit");
    child.kill();
    await exit;
  };
  return { url, sockets: { drain: () => order("drain"), close: async () => void (await order("close")) }, stop };
}

function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
      const port = /^ready (\d+)$/m.exec(output)?.[1];
      if (port) resolve(port);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${output}`)));
  });
}

for (const way of Object.keys(ways)) itServes(`Next's custom server, by ${way},`, () => start(way));

describe("Next", () => {
  it("has its own reloads beside ours once it has served a page, and ends what comes to a route of its own", async () => {
    const { url, stop } = await start("handler");
    expect(await answerTo(url, "/_next/hmr")).toBe("404 UNHANDLED_UPGRADE");
    expect(await (await fetch(`${url}/page`)).text()).toBe("a page");
    const reloads = await Client.connect(`${url}/_next/hmr?id=1`);
    expect(await reloads.json()).toHaveProperty("type");
    const ours = await Client.connect(`${url}/chat`);
    ours.send("hello");
    expect(await ours.next()).toBe("echo: hello");
    // Next has made a copy of onesocket for the route.
    expect(await (await fetch(`${url}/say`)).json()).toBe(1);
    expect(await ours.next()).toBe("from a route");
    await expect(Client.connect(`${url}/page`)).rejects.toThrow("socket hang up");
    reloads.vanish();
    ours.vanish();
    await stop();
  });
});
