import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BrokerEvent } from "onesocket";
import { Client } from "../helpers/client.ts";
import type { Command } from "../hosts/brokers.ts";
import type { Engine, EngineOptions } from "../hosts/engines.ts";

const ROOT = join(import.meta.dirname, "../..");
const FLAG = "--conditions=onesocket-source";
const COMMANDS = {
  node: ["node", FLAG],
  bun: ["bun", FLAG],
  deno: ["deno", "run", "-A", FLAG],
} as const;

export type Runtime = keyof typeof COMMANDS;

const running = new Set<HostProcess>();

/** Ends all hosts that still run. */
export async function endHosts(): Promise<void> {
  await Promise.all([...running].map((host) => host.end()));
}

/** A host in a process of its own, with all that its broker's observer was told. */
export class HostProcess {
  readonly url: string;
  readonly events: readonly BrokerEvent[];
  readonly #child: ChildProcess;
  readonly #lines: Lines;

  private constructor(child: ChildProcess, lines: Lines) {
    this.#child = child;
    this.#lines = lines;
    this.events = lines.events;
    this.url = `ws://127.0.0.1:${lines.port}`;
  }

  /** Resolves when it listens, whatever its broker does. */
  static start(runtime: Runtime, options: EngineOptions<"redis">): Promise<HostProcess> {
    return HostProcess.startOn("redis", runtime, options);
  }

  /** The same, over any engine, and with any program of `test/hosts`. */
  static async startOn<Name extends Engine>(
    engine: Name,
    runtime: Runtime,
    options: EngineOptions<Name>,
    file = "brokers.ts",
  ): Promise<HostProcess> {
    const [command, ...flags] = COMMANDS[runtime];
    const program = join(import.meta.dirname, "../hosts", file);
    const args = [...flags, program, runtime, JSON.stringify(options), engine];
    const child = spawn(join(ROOT, "node_modules/.bin", command), args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = new Lines(child);
    await lines.until(() => lines.port !== undefined);
    const host = new HostProcess(child, lines);
    running.add(host);
    child.once("exit", () => running.delete(host));
    return host;
  }

  /** Resolves when it has been told `count` events of this state. */
  async told(state: BrokerEvent["state"], count = 1): Promise<void> {
    await this.#lines.until(() => this.#of(state).length >= count);
  }

  count(state: BrokerEvent["state"]): number {
    return this.#of(state).length;
  }

  /** How many messages were dropped, or missed, in all that was told. */
  messages(state: "dropped" | "missed"): number {
    return this.#of(state).reduce((sum, event) => sum + (("messages" in event && event.messages) || 0), 0);
  }

  #of(state: BrokerEvent["state"]): readonly BrokerEvent[] {
    return this.events.filter((event) => event.state === state);
  }

  /** SIGSTOP or SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Ends it, and resolves when it has ended. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    await exit;
  }
}

/** What a host prints. */
class Lines {
  port: string | undefined;
  readonly events: BrokerEvent[] = [];
  #wake: (() => void)[] = [];
  #ended: string | undefined;

  constructor(child: ChildProcess) {
    createInterface(child.stdout!).on("line", (line) => this.#take(line));
    child.once("error", (error) => this.#end(String(error)));
    child.once("close", (code, signal) => this.#end(`it ended with ${code ?? signal}`));
  }

  #take(line: string): void {
    const [, kind, rest = ""] = /^(ready|event) (.*)$/.exec(line) ?? [];
    if (kind === "ready") this.port = rest;
    else if (kind === "event") this.events.push(JSON.parse(rest));
    else console.log(line);
    for (const wake of this.#wake.splice(0)) wake();
  }

  #end(why: string): void {
    this.#ended = why;
    for (const wake of this.#wake.splice(0)) wake();
  }

  async until(met: () => boolean): Promise<void> {
    while (!met()) {
      if (this.#ended) throw new Error(`${this.#ended}, after ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

/** A client in a room of a host. */
export class Member {
  readonly id: string;
  readonly client: Client;

  private constructor(id: string, client: Client) {
    this.id = id;
    this.client = client;
  }

  static async join(host: HostProcess, room: string, topics = ""): Promise<Member> {
    const client = await Client.connect(`${host.url}/?${new URLSearchParams({ room, topics })}`);
    const { id } = await client.json();
    return new Member(id as string, client);
  }

  tell(command: Command): void {
    this.client.send(JSON.stringify(command));
  }

  /** Takes the next message as the answer. */
  ask(command: Command): Promise<Record<string, unknown>> {
    this.tell(command);
    return this.client.json();
  }

  say(data: string): void {
    this.tell({ do: "send", data });
  }

  next(): Promise<string | Uint8Array> {
    return this.client.next();
  }

  /** The next messages. */
  async take(count: number): Promise<(string | Uint8Array)[]> {
    const taken = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}
