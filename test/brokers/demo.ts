import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it, onTestFinished } from "vitest";
import { Client } from "../helpers/client.ts";
import { freePort } from "../helpers/programs.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The demo over an engine: `clients` of it, one for each process that has a URL of its own. */
export function itJoins(engine: string, processes: number): void {
  it(`joins the rooms of its processes by ${engine}, and ends all of them on Ctrl-C`, async () => {
    const env = { ...process.env, PORT: `${await freePort(3)}`, BROKER_URL: "" };
    const args = ["run", "--silent", "dev:cluster", "--", engine];
    const child = spawn("npm", args, { cwd: ROOT, env, detached: true });
    onTestFinished(() => void (child.exitCode ?? child.signalCode ?? process.kill(-child.pid!, "SIGKILL")));
    const urls: string[] = [];
    let connected = 0;
    // A room with a history opens no socket where the broker is not connected yet.
    for await (const line of createInterface(child.stdout)) {
      const url = /The chat is on http:([^\s,]+)/.exec(line)?.[1];
      if (url) urls.push(`ws:${url}`);
      if (line.includes("the broker is connected")) connected += 1;
      if (connected === 3 && urls.length === processes) break;
    }
    const ways = processes === 3 ? urls : Array(6).fill(urls[0]);
    const clients = await Promise.all(ways.map((url) => Client.connect(`${url}/chat/hall?name=somebody`)));
    await Promise.all(clients.map((client) => heardFrom(clients, client)));
    const exit = once(child, "exit");
    // As a terminal does: to the whole group.
    process.kill(-child.pid!, "SIGINT");
    await exit;
    await Promise.all(clients.map(({ closed }) => closed));
  });
}

/** Says something until all have heard it. */
async function heardFrom(clients: readonly Client[], speaker: Client): Promise<void> {
  const text = `from ${clients.indexOf(speaker)}`;
  const say = () => speaker.send(JSON.stringify({ jsonrpc: "2.0", method: "say", params: { id: "1", text } }));
  // As fast as the room allows.
  const again = setInterval(say, 500);
  say();
  await Promise.all(clients.map((client) => heard(client, text)));
  clearInterval(again);
}

function heard({ socket }: Client, text: string): Promise<void> {
  return new Promise((resolve) => {
    socket.on("message", (data) => {
      if (String(data).includes(`"text":"${text}"`)) resolve();
    });
  });
}
