import process from "node:process";
import { Complaint } from "../complaint.ts";
import type { Report } from "./messages.ts";
import type { DevOptions } from "./options.ts";
import { RunnerProcess } from "./runner-process.ts";
import { WatchedFiles } from "./watched-files.ts";

/** RFC 6455 §7.4.1 and its registry: clients come back at once after a service restart. */
const GOING_AWAY = 1001;
const SERVICE_RESTART = 1012;

/** What happens: a change, the wish to leave, or how the runner ended. */
type Event = "left" | "changed" | number | string;

/** A module that is served, anew whenever a file of it changes, until the command is told to leave. */
export class DevServer {
  readonly #options: DevOptions;
  readonly #files = new WatchedFiles();
  readonly #left = Promise.withResolvers<"left">();
  /** The state of the files that was loaded last. */
  #version = 0;
  #port: number;
  /** What serves; none after it has ended by itself. */
  #serving: RunnerProcess | undefined;

  constructor(options: DevOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Closes the sockets with 1001: `run` resolves when they are gone. */
  leave(): void {
    this.#left.resolve("left");
  }

  /** Resolves with the exit code. Rejects with a Complaint when the module can't be served at first. */
  async run(): Promise<number> {
    try {
      if (!(await this.#replace("ready"))) return 0;
      for (;;) {
        const code = await this.#handle(await this.#next());
        if (code !== undefined) return code;
      }
    } finally {
      this.#files.close();
    }
  }

  /** The exit code, if that was the last that happens. */
  async #handle(event: Event): Promise<number | undefined> {
    if (event === "left") return this.#end();
    if (event === "changed") {
      const stays = await this.#replace("reloaded").catch((error) => this.#tell(error));
      return stays ? undefined : this.#end();
    }
    // 0: the runner was told to leave, and not by us.
    if (event === 0) return 0;
    return this.#mayComeBack(event) ? undefined : 1;
  }

  #next(): Promise<Event> {
    const ended = this.#serving ? [this.#serving.ended] : [];
    return Promise.race([this.#left.promise, ...ended, this.#files.after(this.#version)]);
  }

  /**
   * Loads the module beside what serves, which leaves its place only to one that can be served. False: the command has been told
   * to leave meanwhile. Rejects with a Complaint when it can't be served.
   */
  async #replace(done: "ready" | "reloaded"): Promise<boolean> {
    const runner = await this.#load();
    if (!runner) return false;
    await this.#serving?.leave(SERVICE_RESTART);
    this.#serving = undefined;
    this.#port = await runner.serve(this.#port);
    this.#serving = runner;
    this.#print(done);
    return true;
  }

  /** A runner that has loaded the module; none when the command has been told to leave meanwhile. */
  async #load(): Promise<RunnerProcess | undefined> {
    for (;;) {
      this.#version = this.#files.version;
      const runner = new RunnerProcess(this.#options, (report) => this.#hear(report));
      const event = await Promise.race([runner.loaded(), this.#left.promise, this.#files.after(this.#version)]);
      if (event === "loaded") return runner;
      await runner.leave(GOING_AWAY);
      if (event === "left") return undefined;
    }
  }

  #hear(report: Report): void {
    if ("files" in report) this.#files.add(report.files);
    else if ("reloaded" in report) this.#print("reloaded");
    else if ("broken" in report) this.#tell(new Complaint(report.broken));
  }

  /** Whether a change may bring back a runner that ended by itself. */
  #mayComeBack(how: number | string): boolean {
    this.#serving = undefined;
    console.error(`onesocket: ${this.#options.on} ended with ${how}${this.#files.any ? AGAIN : ""}`);
    return this.#files.any;
  }

  /** Tells why the changed module is not served; true, since it goes on. */
  #tell(error: unknown): true {
    if (!(error instanceof Complaint)) throw error;
    console.error(`onesocket: ${error.message}${this.#serving ? "; what ran before runs on" : AGAIN}`);
    return true;
  }

  #print(what: "ready" | "reloaded"): void {
    const { host, on } = this.#options;
    process.stdout.write(`${what} ${url(host, this.#port)} (${on})\n`);
  }

  async #end(): Promise<number> {
    await this.#serving?.leave(GOING_AWAY);
    return 0;
  }
}

const AGAIN = "; the next change starts it again";

/** For a client on this machine. */
export function url(host: string, port: number): string {
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
