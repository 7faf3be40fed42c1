import { existsSync } from "node:fs";
import { onTestFinished } from "vitest";
import { startApache } from "../helpers/apache.ts";
import { startCaddy } from "../helpers/caddy.ts";
import { type Foreground, freePort } from "../helpers/foreground.ts";
import { startHaproxy } from "../helpers/haproxy.ts";
import { describeNeeding, describeWhere, type Program } from "../helpers/needs.ts";
import { startNginx } from "../helpers/nginx.ts";
import { configurations } from "./blocks.ts";

interface ProxyProgram extends Program {
  start(configuration: string, port: number): Promise<Pick<Foreground, "stop">>;
}

const PROGRAMS: Readonly<Record<string, ProxyProgram>> = {
  nginx: {
    command: "nginx",
    debianPackage: "nginx-light",
    start: (text) =>
      startNginx(
        text.startsWith("stream") ? { main: loading(text), location: "" } : { http: text, location: "return 404;" },
      ),
  },
  apache: { command: "apache2", debianPackage: "apache2-bin", start: startApache },
  haproxy: { command: "haproxy", debianPackage: "haproxy", start: startHaproxy },
  caddyfile: { command: "caddy", debianPackage: "caddy", start: startCaddy },
};

/** What passes on TCP is a module of its own. Where Debian keeps it, other programs' packages load it from a folder of theirs. */
const STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so";

function loading(text: string): string {
  return `load_module ${STREAM};\n${text}`;
}

/** The marks of the configurations that put a PROXY protocol header first. */
export const PREAMBLES: Readonly<Record<string, string>> = { nginx: "stream", haproxy: "send-proxy" };

/** The mark of the configurations that have several servers behind them. */
export const SEVERAL = "several";

/** A proxy that runs with a configuration of docs/proxies.md. */
export interface Proxy {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts what docs/proxies.md tells under a mark, in front of a port; `edit` may change times that are too long for a test. */
export async function startProxy(
  language: string,
  mark: string,
  backend: string,
  edit: (text: string) => string = (text) => text,
): Promise<Proxy> {
  const block = configurations(language).find((one) => one.mark === mark);
  if (!block) throw new Error(`docs/proxies.md has no block "${language} ${mark}"`);
  const port = await freePort();
  const text = edit(block.text).replaceAll("3000", new URL(backend).port);
  const { stop } = await PROGRAMS[language]!.start(onPort(text, port), port);
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** The pages listen on every address; tests on one. Caddy is told by its helper, since there it would be the site's name. */
function onPort(text: string, port: number): string {
  return text
    .replace("listen 8080", `listen 127.0.0.1:${port}`)
    .replace("bind :8080", `bind 127.0.0.1:${port}`)
    .replace("*:8080", `127.0.0.1:${port}`)
    .replaceAll(":8080", `:${port}`);
}

/** Tests behind a proxy. */
export function describeBehind(language: string, tests: () => void): void {
  describeNeeding(PROGRAMS[language]!, `behind ${language}`, tests);
}

/** Tests behind a proxy that puts a PROXY protocol header first. */
export function describeBehindPreamble(language: string, tests: () => void): void {
  const hint = `${STREAM} is not there: apt-get install libnginx-mod-stream`;
  if (language === "nginx") describeWhere(existsSync(STREAM), hint, "behind nginx's stream", tests);
  else describeBehind(language, tests);
}
