import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { Client } from "../helpers/client.ts";
import { COMMANDS, type ProcessRuntime } from "../helpers/runtimes.ts";

const HOST = join(import.meta.dirname, "../hosts/threads.ts");

/** A program, and what it has printed. */
function started(runtime: ProcessRuntime): { child: ChildProcess; lines: string[] } {
  const [command, ...flags] = COMMANDS[runtime]();
  const child = spawn(command, [...flags, HOST], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  createInterface(child.stdout!).on("line", (line) => lines.push(line));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, lines };
}

describe.each(["bun", "deno"] as const)("threads on %s", (runtime) => {
  it("have rooms that span them; one that ends is told and replaced, and they drain together", async () => {
    const { child, lines } = started(runtime);
    const ready = () => lines.filter((line) => line.startsWith("ready"));
    const members = async (times: number) => {
      await expect.poll(ready).toHaveLength(times);
      const urls = ready().at(-1)!.split(" ").slice(1);
      const clients = await Promise.all(urls.map((url) => Client.connect(`${url}/room`)));
      return Promise.all(clients.map(async (client) => ({ client, thread: String(await client.next()) })));
    };
    const [one, two] = (await members(1)) as [Member, Member];
    expect(one.thread).not.toBe(two.thread);
    await heard(one, two);
    two.client.send("/exit");
    await two.client.closed;
    await expect.poll(() => lines.join("\n")).toContain(`error thread ${two.thread} ended with exit code 3`);
    const others = await members(2);
    const fresh = others.find(({ thread }) => thread !== one.thread)!;
    expect(fresh.thread).not.toBe(two.thread);
    await heard(fresh, one);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(lines.at(-1)).toBe('drained {"sockets":3,"clean":3,"lost":0,"died":0}');
  });
});

interface Member {
  readonly client: Client;
  readonly thread: string;
}

/** What one says comes to another, as soon as its thread is known to hear the room. */
async function heard(speaker: Member, hearer: Member): Promise<void> {
  const said = `${speaker.thread} speaks`;
  const saying = setInterval(() => speaker.client.send(said), 100);
  let text: unknown;
  while (text !== said) text = await hearer.client.next();
  clearInterval(saying);
}
