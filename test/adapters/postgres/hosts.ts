import { expect } from "vitest";
import type { PostgresOptions } from "../../../src/adapters/postgres/broker.ts";
import { HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";

/** Hosts of these runtimes, each in a process of its own, connected to one PostgreSQL. */
export async function startHosts(runtimes: readonly Runtime[], options: PostgresOptions): Promise<HostProcess[]> {
  const hosts = await Promise.all(runtimes.map((runtime) => HostProcess.startOn("postgres", runtime, options)));
  await Promise.all(hosts.map((host) => host.told("connected")));
  return hosts;
}

/** Resolves when a member counts so many. A process answers once it listens. */
export async function until(member: Member, count: number): Promise<void> {
  await expect.poll(() => member.ask({ do: "count" }), { interval: 10 }).toEqual({ count });
}

/** One member on each host, when all of the hosts hear the room, in which there are `others` besides. */
export async function joinEach(on: readonly HostProcess[], room: string, topics = "", others = 0): Promise<Member[]> {
  const members = await Promise.all(on.map((host) => Member.join(host, room, topics)));
  await until(members[0]!, on.length + others);
  return members;
}
