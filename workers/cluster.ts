import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { killNats, startNats } from "../test/helpers/engines/nats.ts";
import { killPostgres, startPostgres } from "../test/helpers/engines/postgres.ts";
import { killRedis, startRedis } from "../test/helpers/engines/redis.ts";

const HELP = `npm run dev:cluster -- [redis | nats | postgres | cores] [--help]

The chat in two Node processes and a Bun process, whose rooms an engine joins: by default Redis.
It starts one of its own, or uses the one at BROKER_URL, such as nats://localhost:4222.
"cores": in three Node processes on one port, with no engine. Ctrl-C ends all.`;

/** Starts each engine; resolves with its address. */
const ENGINES = {
  redis: async () => (await startRedis()).url,
  nats: async () => `nats://${(await startNats()).address}`,
  postgres: async () => (await startPostgres()).url,
};

const SOURCE = "--conditions=onesocket-source";
const children = new Set<ChildProcess>();
let ending = false;

process.once("SIGINT", () => end(0)).once("SIGTERM", () => end(0));
await begin(process.argv[2] ?? "redis").catch((error: Error) => fail(error.message));

async function begin(what: string): Promise<void> {
  const first = Number(process.env.PORT ?? 8787);
  if (what === "--help" || what === "-h") {
    console.log(HELP);
  } else if (what === "cores") {
    await startChat(process.execPath, "workers/cores.ts", { PORT: `${first}`, CHAT_HISTORY: "none" });
  } else if (Object.hasOwn(ENGINES, what)) {
    const BROKER_URL = process.env.BROKER_URL || (await startEngine(what as keyof typeof ENGINES));
    const CHAT_HISTORY = what === "redis" ? "all" : "none";
    const at = (number: number) => ({ PORT: `${first + number}`, BROKER_URL, CHAT_HISTORY });
    await startChat(process.execPath, "workers/node.ts", at(0));
    await startChat(process.execPath, "workers/node.ts", at(1));
    // Bun begins to listen after the program's last line, and says so.
    await startChat("bun", "workers/bun.ts", at(2), "Started ");
    console.log(`Over ${what}. Open two of them, in the same room. Ctrl-C ends all.`);
  } else {
    fail(`there is no ${what}\n\n${HELP}`, 2);
  }
}

function startEngine(name: keyof typeof ENGINES): Promise<string> {
  return ENGINES[name]().catch((error: Error) => {
    throw new Error(`${name} can't be started: install it, or set BROKER_URL. ${error.message}`);
  });
}

/** Resolves when it takes connections; it prints its URL by itself. */
async function startChat(
  command: string,
  program: string,
  env: Readonly<Record<string, string>>,
  sign = "The chat is on",
): Promise<void> {
  const child = spawn(command, [SOURCE, program], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  child.once("error", () => fail(`${command} can't be started: install it`)).once("exit", () => end(1));
  createInterface(child.stdout!).on("line", (line) => console.log(`${line} (${program})`));
  let output = "";
  while (!output.includes(sign)) output += (await once(child.stdout!, "data"))[0];
}

function fail(words: string, code = 1): void {
  if (!ending) console.error(words);
  end(code);
}

function end(code: number): void {
  if (ending) return;
  ending = true;
  for (const child of children) child.kill();
  Promise.all([killRedis(), killNats(), killPostgres()]).then(
    () => process.exit(code),
    () => process.exit(1),
  );
}
