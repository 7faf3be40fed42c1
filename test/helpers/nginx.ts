import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** An nginx of our own, in the foreground. */
export interface Nginx {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** What nginx is told, as its configuration has it. */
export interface NginxConfig {
  /** Inside `location / { }`, such as `proxy_pass http://127.0.0.1:3000;`. */
  readonly location: string;
  /** Inside `http { }`, beside the server. */
  readonly http?: string;
  /** Inside `server { }`, beside the location. */
  readonly server?: string;
}

// Debian keeps it where a user's PATH does not look.
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** The version, such as `1.22.1`; undefined where nginx is not installed. Under CI it has to be. */
export function nginxVersion(): string | undefined {
  const { stderr, error } = spawnSync("nginx", ["-v"], { env: { ...process.env, PATH }, encoding: "utf8" });
  if (!error) return /nginx\/([\d.]+)/.exec(stderr)?.[1] ?? "unknown";
  if (process.env.CI === "true") throw new Error("nginx is not installed: apt-get install nginx-light");
  return undefined;
}

/** Starts nginx on a free port of 127.0.0.1. Rejects with what it wrote when it does not listen. */
export async function startNginx(config: NginxConfig): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "onesocket-nginx-"));
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(config, port));
  const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
  const child = spawn("nginx", args, { env: { ...process.env, PATH }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  const exit = once(child, "exit").then(() => rmSync(folder, { recursive: true, force: true }));
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}:\n${said}`);
    await sleep(10);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await exit;
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

function configuration({ location, http = "", server = "" }: NginxConfig, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  return `daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 64; }
http {
access_log off;
${temporary.join("\n")}
${http}
server {
listen 127.0.0.1:${port};
${server}
location / {
${location}
}
}
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
