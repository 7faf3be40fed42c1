import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ask, Order } from "../adapters/cluster/program.ts";
import { Client } from "./client.ts";

/** A program with workers, in processes of its own. */
export class Program {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  /** Where its workers serve. */
  urls: string[] = [];
  #next = 0;

  constructor(...args: string[]) {
    this.child = fork(join(import.meta.dirname, "../adapters/cluster/program.ts"), args, {
      execArgv: ["--conditions=onesocket-source"],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    createInterface(this.child.stdout!).on("line", (line) => this.lines.push(line));
  }

  static async start(...args: string[]): Promise<Program> {
    const program = new Program(...args);
    program.urls = (await program.answer()) as string[];
    return program;
  }

  /** What the primary says next. Rejects when it has ended without. */
  async answer(): Promise<unknown> {
    const over = new AbortController();
    const ended = () => over.abort();
    this.child.once("disconnect", ended);
    try {
      const [{ result, failed }] = await once(this.child, "message", over);
      if (failed) throw new Error(failed);
      return result;
    } finally {
      this.child.off("disconnect", ended);
    }
  }

  tell(order: Order): Promise<unknown> {
    const answer = this.answer();
    this.child.send(order);
    return answer;
  }

  /** Those of the workers that serve now, by process or by thread. */
  workers(): Promise<number[]> {
    return this.tell({ do: "workers" }) as Promise<number[]>;
  }

  /** In turn, where they have a port each. */
  get url(): string {
    return this.urls[this.#next++ % this.urls.length]!;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exit;
  }
}

/** A client in a room, and the worker that it came to. */
export class Member {
  readonly client: Client;
  readonly id: string;
  readonly worker: number;

  private constructor(client: Client, { id, worker }: Record<string, unknown>) {
    this.client = client;
    this.id = id as string;
    this.worker = worker as number;
  }

  static async join(program: Program, room = "/lobby"): Promise<Member> {
    const client = await Client.connect(program.url + room);
    return new Member(client, await client.json());
  }

  ask(ask: Ask): void {
    this.client.send(JSON.stringify(ask));
  }

  async take(count: number): Promise<unknown[]> {
    const taken = [];
    while (taken.length < count) taken.push(await this.client.next());
    return taken;
  }
}

/** Members of a room, one in each of so many workers. */
export async function spread(program: Program, count: number, room?: string): Promise<Member[]> {
  const members = new Map<number, Member>();
  while (members.size < count) {
    const member = await Member.join(program, room);
    const other = members.get(member.worker);
    if (other) await member.client.close();
    else members.set(member.worker, member);
  }
  return [...members.values()];
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
