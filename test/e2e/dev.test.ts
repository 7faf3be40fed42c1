import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { Client } from "../helpers/client.ts";

const ROOT = join(import.meta.dirname, "../..");

it("npm run dev serves the demo on Cloudflare's runtime, and ends when it is told to", async () => {
  const args = ["run", "--silent", "dev", "--", "--port", "0", "--inspector-port", "0", "--ip", "127.0.0.1"];
  const child = spawn("npm", args, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void (child.exitCode ?? child.signalCode ?? process.kill(-child.pid!, "SIGKILL")));
  let url = "";
  for await (const line of createInterface(child.stdout)) {
    url = /Ready on (http:\S+)/.exec(line)?.[1] ?? "";
    if (url) break;
  }
  const client = await Client.connect(`${url}/chat/lobby?name=Ada`);
  // Wrangler keeps its objects' storage from run to run: how far the history is depends on what was said here before.
  expect(await client.json()).toMatchObject({ method: "rpc.at" });
  expect(await client.json()).toMatchObject({ method: "welcome", params: { people: [{ name: "Ada" }] } });
  const answer = await fetch(`${url}/admin/lobby/announce`, {
    method: "POST",
    headers: { authorization: "Bearer dev" },
    body: '{"text":"hello"}',
  });
  expect(answer.status).toBe(204);
  // As a terminal does: to the whole group.
  const exit = once(child, "close");
  process.kill(-child.pid!, "SIGINT");
  await exit;
  await client.closed;
}, 60_000);
