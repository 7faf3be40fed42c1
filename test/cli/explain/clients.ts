import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import WsClient from "ws";
import { launch } from "../../helpers/browser.ts";
import { ROOT } from "../command.ts";
import { type ClientName, MISCHIEFS, type Target } from "./misbehaving.ts";

const run = promisify(execFile);

/** What a client printed of each target. */
export type Printed = Readonly<Record<string, readonly string[]>>;
type Targets = Readonly<Record<string, Target>>;

/** A runtime's own client: its error events, then how it closed. */
export async function askRuntime(targets: Targets, command: string, ...flags: string[]): Promise<Printed> {
  const path = `${ROOT}/node_modules/.bin:${process.env.PATH}`;
  const args = [...flags, `${import.meta.dirname}/native-client.ts`, JSON.stringify(targets)];
  const { stdout } = await run(command, args, { env: { ...process.env, PATH: path, NO_COLOR: "1" } });
  return JSON.parse(stdout) as Printed;
}

export function askWs(targets: Targets): Promise<Printed> {
  return each(targets, async ({ url, protocols }) => {
    const lines: string[] = [];
    const socket = new WsClient(url, [...protocols], { perMessageDeflate: false });
    socket.on("error", ({ message }) => lines.push(message));
    await new Promise((resolve) => socket.once("close", resolve));
    return lines;
  });
}

export function askCurl(targets: Targets): Promise<Printed> {
  const headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"].flatMap((line) => [
    "-H",
    line,
  ]);
  const key = ["-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
  return each(targets, ({ url }) =>
    run("curl", ["-sSf", "-o", "/dev/null", "-m", "5", ...headers, ...key, url.replace("ws", "http")]).then(
      () => [],
      ({ stderr }: { stderr: string }) => [stderr.trim()],
    ),
  );
}

/** Chromium's console. A socket's message is there before or after its `close`; where one is due it is waited for. */
export async function askChrome(targets: Targets): Promise<Printed> {
  const browser = await launch();
  const page = await browser.newPage();
  const printed = await each(targets, async ({ url, protocols }, name) => {
    const lines: string[] = [];
    const isSilent = MISCHIEFS[name]?.silent?.includes("Chrome" satisfies ClientName);
    const said = isSilent ? undefined : page.waitForEvent("console", (message) => message.text().includes(url));
    const opened = page.evaluate(
      ([address, offered]) =>
        new Promise((resolve) => {
          const socket = new WebSocket(address as string, offered as string[]);
          socket.addEventListener("close", resolve);
        }).then(() => {}),
      [url, [...protocols]] as const,
    );
    const [message] = await Promise.all([said, opened]);
    if (message) lines.push(message.text());
    return lines;
  });
  await browser.close();
  return printed;
}

async function each(
  targets: Targets,
  ask: (target: Target, name: string) => Promise<readonly string[]>,
): Promise<Printed> {
  const printed: Record<string, readonly string[]> = {};
  for (const [name, target] of Object.entries(targets)) printed[name] = await ask(target, name);
  return printed;
}
