import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { describeWhere } from "../helpers/needs.ts";
import { CLIENTS, type ClientName, type Outcome, SETTINGS, type Setting } from "./known.ts";
import { nettyClassPath, nettyJars } from "./netty.ts";

const HERE = import.meta.dirname;
const bin = (name: string) => join(HERE, "../../node_modules/.bin", name);

/** Messages that refer to one another where contexts are kept, and one that is not worth compressing. */
const LINES = [
  ...Array.from({ length: 5 }, (_, i) => `message ${i} says what the others say: ${"all of it again, ".repeat(100)}`),
  "short",
];

/** Where the Java client is compiled to. */
let classes = "";

const COMMANDS: Readonly<Record<ClientName, (url: string) => readonly [string, ...string[]]>> = {
  tornado: (url) => ["/usr/bin/python3", join(HERE, "tornado-client.py"), url],
  mojolicious: (url) => ["perl", join(HERE, "mojolicious-client.pl"), url],
  netty: (url) => ["java", "-XX:TieredStopAtLevel=1", "-cp", nettyClassPath(classes), "NettyClient", url],
};

const PACKAGES: Readonly<Record<ClientName, string>> = {
  tornado: "python3-tornado",
  mojolicious: "libmojolicious-perl",
  netty: "libnetty-java default-jdk-headless",
};

function isThere(name: ClientName): boolean {
  if (name === "tornado") return spawnSync("/usr/bin/python3", ["-c", "import tornado"]).status === 0;
  if (name === "mojolicious") return spawnSync("perl", ["-MMojolicious", "-e", "1"]).status === 0;
  return nettyJars().length > 0 && spawnSync("javac", ["-version"]).status === 0;
}

/** What a client prints that is given the lines. */
function talk(name: ClientName, url: string): Promise<string> {
  const [command, ...args] = COMMANDS[name](url);
  return new Promise((resolve) => {
    const child = execFile(command, args, { encoding: "utf8" }, (_, stdout) => resolve(stdout));
    child.stdin!.end(LINES.map((line) => `${line}\n`).join(""));
  });
}

function outcomeOf(printed: string): Outcome {
  if (printed === LINES.map((line) => `${line}\n`).join("")) return "understands";
  if (printed.endsWith("closed 1007\n")) return "fails with 1007";
  return printed.endsWith("can't send\n") ? "can't send" : "refuses";
}

/** The URL of a server for each setting. */
async function start(runtime: "node" | "bun"): Promise<[ChildServer, Map<Setting, string>]> {
  const settings = SETTINGS.filter((setting) => setting.runtime === runtime);
  const given = JSON.stringify(settings.map(({ compression }) => compression));
  const server = await startChild(bin(runtime), [
    "--conditions=onesocket-source",
    join(HERE, "../hosts/clients.ts"),
    runtime,
    given,
  ]);
  const ports: number[] = JSON.parse(server.url.slice("http://127.0.0.1:".length));
  return [server, new Map(settings.map((setting, i) => [setting, `ws://127.0.0.1:${ports[i]}/`]))];
}

const servers: ChildServer[] = [];
const urls = new Map<Setting, string>();

beforeAll(async () => {
  for (const [server, found] of await Promise.all([start("node"), start("bun")])) {
    servers.push(server);
    for (const [setting, url] of found) urls.set(setting, url);
  }
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

for (const name of Object.keys(CLIENTS) as ClientName[]) {
  const hint = `${CLIENTS[name]} is not installed: apt-get install ${PACKAGES[name]}`;
  describeWhere(isThere(name), hint, `compression with ${CLIENTS[name]}`, () => {
    if (name === "netty") compileNettyClient();

    it.concurrent.each(SETTINGS)("$runtime, compression: $compression", async (setting) => {
      expect(outcomeOf(await talk(name, urls.get(setting)!))).toBe(setting[name]);
    });
  });
}

function compileNettyClient(): void {
  beforeAll(() => {
    classes = mkdtempSync(join(tmpdir(), "onesocket-"));
    execFileSync("javac", ["-cp", nettyClassPath(classes), "-d", classes, join(HERE, "NettyClient.java")]);
  });
  afterAll(() => rmSync(classes, { recursive: true, force: true }));
}
