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
  url = "";

  constructor(...args: string[]) {
    this.child = fork(join(import.meta.dirname, "../adapters/cluster/program.ts"), args, {
      execArgv: ["--conditions=onesocket-source"],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    createInterface(this.child.stdout!).on("line", (line) => this.lines.push(line));
  }

  static async start(...args: string[]): Promise<Program> {
    const program = new Program(...args);
    program.url = (await program.answer()) as string;
    return program;
  }

  /** What the primary says next. */
  async answer(): Promise<unknown> {
    const [{ result, failed }] = await once(this.child, "message");
    if (failed) throw new Error(failed);
    return result;
  }

  tell(order: Order): Promise<unknown> {
    const answer = this.answer();
    this.child.send(order);
    return answer;
  }

  pids(): Promise<number[]> {
    return this.tell({ do: "pids" }) as Promise<number[]>;
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
  readonly pid: number;

  private constructor(client: Client, { id, pid }: Record<string, unknown>) {
    this.client = client;
    this.id = id as string;
    this.pid = pid as number;
  }

  static async join({ url }: Program, room = "/lobby"): Promise<Member> {
    const client = await Client.connect(url + room);
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
    const other = members.get(member.pid);
    if (other) await member.client.close();
    else members.set(member.pid, member);
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
