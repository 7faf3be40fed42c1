import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { Project, type Running, root } from "../package/project.ts";

type Manifest = { readonly peerDependencies: Readonly<Record<string, string>> };

const { peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** `>=1.2.3` of each, as npm takes it. */
const OLDEST = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range.replace(/^>=/, "")}`);

let project: Project;

beforeAll(async () => {
  project = await Project.create();
  cpSync(join(root, "test/package/peers"), project.folder, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { code, output } = await project.run("npm", "install", "--save-exact", ...quiet, ...OLDEST);
  // npm refuses to install anything beside an optional peer of another version, used or not.
  if (code !== 0) throw new Error(output);
}, 300_000);

afterAll(() => project?.remove());

async function echoed(url: string): Promise<string> {
  const client = await Client.connect(url);
  client.send("hello");
  const answer = await client.next();
  client.vanish();
  return String(answer);
}

async function itWorks({ url, stop }: Running): Promise<void> {
  const paths = ["/rooms/a", "/direct/a", "/closure"];
  expect(await Promise.all(paths.map((path) => echoed(url + path)))).toEqual([
    "said hello",
    "direct hello",
    "closure hello",
  ]);
  await expect(Client.connect(`${url}/rooms/a?nobody`)).rejects.toThrow("401");
  await stop();
}

describe("the oldest versions of the optional peers that npm lets stand beside the package", () => {
  it("have sockets and pages of an app on Node", async () => {
    for (const file of ["served.js", "attached.js"]) {
      const running = await project.start("node", file);
      expect(await (await fetch(`${running.url.replace("ws", "http")}/page`)).text()).toBe("a page");
      await itWorks(running);
    }
  });

  it("have sockets under Vite's development server, and close them when their code changes", async () => {
    const running = await project.start("node", "node_modules/vite/bin/vite.js", "--port", "0");
    const open = await Client.connect(`${running.url}/rooms/a`);
    writeFileSync(join(project.folder, "words.js"), 'export const words = "written";');
    expect((await open.closed).code).toBe(1012);
    expect(await echoed(`${running.url}/rooms/a`)).toBe("written hello");
    await running.stop();
  });

  it("are told by onesocket dev where its Workers need a newer wrangler", async () => {
    const { code, output } = await project.run(
      "node",
      "node_modules/onesocket/dist/cli/main.js",
      "dev",
      "chat.ts",
      "--on",
      "workers",
    );
    expect(output).toMatch(/needs a wrangler that brings Miniflare 5, not .+: npm install --save-dev wrangler@latest/);
    expect(code).not.toBe(0);
  });
});
