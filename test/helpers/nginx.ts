import { spawnSync } from "node:child_process";
import { freePort, isInstalled, PROGRAMS, spawnForeground } from "./foreground.ts";

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
  /** Beside `http { }`. */
  readonly main?: string;
  /** Inside `http { }`, beside the server. */
  readonly http?: string;
  /** Inside `server { }`, beside the location. */
  readonly server?: string;
}

/** The version, such as `1.22.1`; undefined where nginx is not installed. Under CI it has to be. */
export function nginxVersion(): string | undefined {
  if (!isInstalled("nginx", "nginx-light")) return undefined;
  const { stderr } = spawnSync("nginx", ["-v"], { env: PROGRAMS, encoding: "utf8" });
  return /nginx\/([\d.]+)/.exec(stderr)?.[1] ?? "unknown";
}

/** Starts nginx on a free port of 127.0.0.1. Rejects with what it wrote when it does not listen. */
export async function startNginx(config: NginxConfig): Promise<Nginx> {
  const port = await freePort();
  const { stop } = await spawnForeground({
    command: "nginx",
    args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
    file: "nginx.conf",
    configuration: configuration(config, port),
    port,
  });
  return { url: `http://127.0.0.1:${port}`, stop };
}

function configuration({ location, main = "", http = "", server = "" }: NginxConfig, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  return `${main}
daemon off;
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
