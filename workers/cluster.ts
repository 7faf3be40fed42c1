import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";

// The chat in two Node processes and a Bun process, over Redis: that of REDIS_URL, or one of its own.

const SOURCE = "--conditions=onesocket-source";
const children = new Set<ChildProcess>();

process.once("SIGINT", () => end(0));
process.once("SIGTERM", () => end(0));

const redis = process.env.REDIS_URL || (await startRedis());
const first = Number(process.env.PORT ?? 8787);
await startChat(process.execPath, "workers/node.ts", first);
await startChat(process.execPath, "workers/node.ts", first + 1);
// Bun begins to listen after the program's last line, and says so.
await startChat("bun", "workers/bun.ts", first + 2, "Started ");
console.log("Open two of them, in the same room. Ctrl-C ends all.");

async function startRedis(): Promise<string> {
  const port = await freePort();
  const child = start(
    "redis-server",
    ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    {},
  );
  await until(child, "Ready to accept connections");
  return `redis://127.0.0.1:${port}`;
}

/** Resolves when it takes connections; it prints its URL by itself. */
async function startChat(command: string, program: string, port: number, sign = "The chat is on"): Promise<void> {
  const child = start(command, [SOURCE, program], { PORT: `${port}`, REDIS_URL: redis });
  createInterface(child.stdout!).on("line", (line) => console.log(`${line} (${program})`));
  await until(child, sign);
}

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("error", () => {
    console.error(`${command} can't be started. Install it${command === "redis-server" ? ", or set REDIS_URL" : ""}.`);
    end(1);
  });
  child.once("exit", () => end(1));
  return child;
}

async function until(child: ChildProcess, text: string): Promise<void> {
  let output = "";
  while (!output.includes(text)) output += (await once(child.stdout!, "data"))[0];
}

function end(code: number): void {
  for (const child of children) child.kill();
  process.exit(code);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
