import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive, type Member, Program, spread } from "../helpers/cluster.ts";

describe("workers of a program", () => {
  async function started(...args: string[]): Promise<Program> {
    const program = await Program.start(...args);
    onTestFinished(() => program.end());
    return program;
  }

  it("are replaced when they die; the others go on meanwhile, and the room is whole again", async () => {
    const program = await started("2", "processes");
    const [one, two] = (await spread(program, 2)) as [Member, Member];
    process.kill(two.worker, "SIGKILL");
    await two.client.closed;
    one.ask({ do: "send", data: "still here" });
    expect(await one.client.next()).toBe("still here");
    const others = async () => (await program.workers()).filter((worker) => worker !== two.worker);
    await expect.poll(others).toHaveLength(2);
    expect(program.lines.join("\n")).toMatch(
      new RegExp(`error worker ${two.worker} ended with SIGKILL, and \\d+ sockets with it`),
    );
    const fresh = (await spread(program, 2)).find(({ worker }) => worker !== one.worker)!;
    fresh.ask({ do: "send", data: "new" });
    expect(await one.client.next()).toBe("new");
    one.ask({ do: "count" });
    expect((await one.client.json()).count).toBeGreaterThanOrEqual(2);
  });

  it("that die again and again are replaced after twice as long each time", async () => {
    const program = await started("1", "processes");
    for (const ms of [100, 200, 400]) {
      const [pid] = await program.workers();
      process.kill(pid!, "SIGKILL");
      const told = () => program.lines.find((line) => line.includes(`worker ${pid} ended`));
      await expect.poll(told).toContain(`another takes its place in ${ms} ms`);
      await expect.poll(() => program.workers()).toHaveLength(1);
    }
  });

  it("that die while they drain have lost their sockets", async () => {
    const program = await started("2", "processes");
    const [first, others] = [await spread(program, 2), await spread(program, 2)];
    const [one, two] = first as [Member, Member];
    const drained = program.tell({ do: "drain", overMs: 2000 });
    // The first socket of each worker is closed at once, the second after a second.
    const second = (member: Member) => others.find(({ worker }) => worker === member.worker)!;
    await Promise.race([two.client.closed, second(two).client.closed]);
    process.kill(two.worker, "SIGKILL");
    expect(await drained).toEqual({ sockets: 4, clean: 2, lost: 2, died: 2 });
    expect(await second(one).client.closed).toMatchObject({ code: 1012 });
    await expect(program.tell({ do: "drain", code: 5 })).rejects.toThrow("5");
  });

  it("that hang are killed when they are to drain, and their sockets have died", async () => {
    const program = await started("2", "processes");
    const [one, two] = (await spread(program, 2)) as [Member, Member];
    await expect.poll(() => program.tell({ do: "sockets" })).toBe(2);
    two.ask({ do: "hang" });
    expect(await program.tell({ do: "drain" })).toEqual({ sockets: 2, clean: 1, lost: 1, died: 1 });
    expect(await one.client.closed).toMatchObject({ code: 1012 });
    expect(isAlive(two.worker)).toBe(false);
  });

  it("end with their primary, however it ends", async () => {
    const program = await started("2", "processes");
    const pids = await program.workers();
    await program.end();
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

describe("threads of a program", () => {
  async function two(): Promise<{ program: Program; members: [Member, Member] }> {
    const program = await Program.start("2", "threads");
    onTestFinished(() => program.end());
    return { program, members: (await spread(program, 2)) as [Member, Member] };
  }

  it.each([
    ["throw", "Error: thrown by a timer"],
    ["exit", "exit code 3"],
    ["memory", "ERR_WORKER_OUT_OF_MEMORY"],
  ] as const)("that end by %s are told by that, and replaced; the process goes on", async (how, words) => {
    const { program, members } = await two();
    const [one, other] = members;
    other.ask({ do: how });
    expect(await other.client.closed).toMatchObject({ code: 1006 });
    await expect.poll(() => program.lines.join("\n")).toContain(`error thread ${other.worker} ended with ${words}`);
    await expect.poll(() => program.workers()).toHaveLength(2);
    program.urls = (await program.tell({ do: "urls" })) as string[];
    const fresh = (await spread(program, 2)).find(({ worker }) => worker !== one.worker)!;
    fresh.ask({ do: "send", data: "new" });
    expect(await one.client.next()).toBe("new");
  });

  it("that hang are ended when they are to drain, and their sockets have died", async () => {
    const { program, members } = await two();
    await expect.poll(() => program.tell({ do: "sockets" })).toBe(2);
    members[1].ask({ do: "hang" });
    expect(await program.tell({ do: "drain" })).toEqual({ sockets: 2, clean: 1, lost: 1, died: 1 });
    expect(await members[0].client.closed).toMatchObject({ code: 1012 });
    expect(await members[1].client.closed).toMatchObject({ code: 1006 });
  });

  it("that take nothing are sent no more than 16 MiB, and told what they missed", async () => {
    const program = await Program.start("3", "threads");
    onTestFinished(() => program.end());
    const [one, other, slow] = (await spread(program, 3)) as [Member, Member, Member];
    const folder = mkdtempSync(join(tmpdir(), "onesocket-threads-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    slow.ask({ do: "sleep", until: join(folder, "wake") });
    for (let i = 0; i < 40; i++) {
      one.ask({ do: "send", data: `${i} `.padEnd(1 << 20, "x") });
      // Another one has it: so what the slow one is to have is on its way, or isn't.
      await other.client.next();
    }
    writeFileSync(join(folder, "wake"), "");
    for (let i = 0; i < 15; i++) expect(String(await slow.client.next()).split(" ")[0]).toBe(`${i}`);
    one.ask({ do: "send", data: "at last" });
    expect(await slow.client.next()).toBe("at last");
    await expect.poll(() => program.lines.join("\n")).toContain("broker missed 25");
  });
});
