import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { Client } from "../helpers/client.ts";
import { NpmProject } from "../helpers/npm-project.ts";

const chat = (says: string) => `
  import { defineSocket } from "onesocket";
  export const chat = defineSocket({ name: "chat", message: (socket, data) => void socket.send("${says}: " + data) });`;

const WORKER = `
  import { Hono } from "hono";
  import { durableRoom, worker } from "onesocket/cloudflare";
  import { upgrade } from "onesocket/hono";
  import { chat } from "./chat.ts";

  export class Chat extends durableRoom(chat) {}
  const app = new Hono().get("/chat", (c) => upgrade(c, chat)).get("/page", (c) => c.text("a page"));
  export default worker(app, { rooms: { chat: "CHAT" } });`;

const WRANGLER = `
  name = "chat"
  main = "worker.ts"
  compatibility_date = "2026-10-01"
  durable_objects.bindings = [{ name = "CHAT", class_name = "Chat" }]
  migrations = [{ tag = "v1", new_sqlite_classes = ["Chat"] }]`;

/** The Vite that is installed beside the plugin. */
const VITE = `
  import { cloudflare } from "@cloudflare/vite-plugin";
  import { createServer } from "vite";

  const conditions = ["onesocket-source", "workerd", "worker", "module", "browser"];
  const vite = await createServer({
    configFile: false,
    root: import.meta.dirname,
    clearScreen: false,
    server: { port: 0, host: "127.0.0.1" },
    plugins: [cloudflare()],
    environments: { chat: { resolve: { conditions } } },
  });
  await vite.listen();
  console.log("ready " + vite.httpServer.address().port);`;

let project: NpmProject;
let child: ChildServer;

beforeAll(async () => {
  project = await NpmProject.install(["@cloudflare/vite-plugin@1.64.0", "vite@8.3.8"], ["hono"]);
  const files = { "worker.ts": WORKER, "chat.ts": chat("one"), "wrangler.toml": WRANGLER, "vite.mjs": VITE };
  for (const [name, text] of Object.entries(files)) project.write(name, text);
  child = await startChild(process.execPath, [join(project.folder, "vite.mjs")]);
}, 180_000);

afterAll(async () => {
  if (child) {
    process.kill(child.pid);
    await child.died.catch(() => {});
  }
  project?.remove();
});

async function ask(text: string): Promise<string> {
  const client = await Client.connect(`${child.url}/chat`);
  client.send(text);
  const answer = await client.next();
  await client.close();
  return String(answer);
}

describe("Cloudflare's plugin for Vite", () => {
  it("serves a Worker's sockets and pages, and nothing of ours is needed", async () => {
    expect(await ask("hello")).toBe("one: hello");
    expect(await (await fetch(`${child.url}/page`)).text()).toBe("a page");
  });

  it("has Vite's own sockets beside ours", async () => {
    const reloads = await Client.connect(child.url, { protocols: ["vite-hmr"] });
    expect(await reloads.json()).toEqual({ type: "connected" });
    reloads.vanish();
  });

  it("ends a handshake that is refused without an answer, and our console says why", async () => {
    const refused = Client.connect(`${child.url}/chat`, { headers: { origin: "https://evil.example" } });
    await expect(refused).rejects.toThrow("socket hang up");
    await expect.poll(() => child.logs.join("\n")).toContain("onesocket: chat: ORIGIN_REJECTED");
  });

  it("serves new code to sockets that come after a change; those that are open are not closed, and go on with the new code", async () => {
    const client = await Client.connect(`${child.url}/chat`);
    project.write("chat.ts", chat("two"));
    await expect.poll(() => ask("hello")).toBe("two: hello");
    client.send("hello");
    expect(await client.next()).toBe("two: hello");
    client.vanish();
  });
});
