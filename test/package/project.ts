import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export const root: string = join(import.meta.dirname, "../..");
const bin = join(root, "node_modules/.bin");

/** Outside of `npm test`'s own settings, with the checkout's runtimes first. */
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|NODE_ENV$)/.test(name)),
  ),
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  NO_COLOR: "1",
};

/** A server in a process of its own. */
export interface Running {
  /** `ws://127.0.0.1:port`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Runs a program to its end and gives what it printed, also when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  const done = await promisify(execFile)(command, args, { cwd, env }).catch((error) => error);
  return { code: done.code ?? 0, output: `${done.stdout}${done.stderr}` };
}

/** The package as a stranger gets it: packed, and installed in a project that has nothing else. */
export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), "onesocket-package-"));
  readonly installed: string = join(this.folder, "node_modules/onesocket");

  get tarball(): string {
    return join(this.folder, readdirSync(this.folder).find((name) => name.endsWith(".tgz"))!);
  }

  static async create(): Promise<Project> {
    const project = new Project();
    await project.#must("npm", ["pack", "--silent", "--pack-destination", project.folder], root);
    cpSync(join(import.meta.dirname, "quickstart"), project.folder, { recursive: true });
    writeFileSync(join(project.folder, "package.json"), `{ "name": "stranger", "private": true, "type": "module" }\n`);
    await project.#must("npm", ["install", "--offline", "--no-audit", "--no-fund", project.tarball], project.folder);
    return project;
  }

  async #must(command: string, args: readonly string[], cwd: string): Promise<void> {
    const { code, output } = await run(command, args, cwd);
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  }

  /** Adds a package that the checkout has, as if it had been installed. */
  link(name: string): void {
    const path = join(this.folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path);
  }

  run(command: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
    return run(command, args, this.folder);
  }

  /** Starts a server here; it is ready when it prints an URL with a port. */
  async start(command: string, ...args: readonly string[]): Promise<Running> {
    const child = spawn(command, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    const port = await new Promise<string>((resolve, reject) => {
      const read = (line: string) => {
        lines.push(line);
        const url = /(?:http|ws):\/\/[^\s/]+:(\d+)/.exec(line);
        if (url) resolve(url[1]!);
      };
      createInterface(child.stdout).on("line", read);
      createInterface(child.stderr).on("line", read);
      child.once("error", reject);
      child.once("close", (code) => reject(new Error(`${command} ended with ${code}:\n${lines.join("\n")}`)));
    });
    return { url: `ws://127.0.0.1:${port}`, stop: () => stop(child) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
