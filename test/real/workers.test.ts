import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive, type Member, Program, spread } from "../helpers/cluster.ts";

describe("workers of a program", () => {
  async function started(...args: string[]): Promise<Program> {
    const program = await Program.start(...args);
    onTestFinished(() => program.end());
    return program;
  }

  it("are replaced when they die; the others go on meanwhile, and the room is whole again", async () => {
    const program = await started("2");
    const [one, two] = (await spread(program, 2)) as [Member, Member];
    process.kill(two.pid, "SIGKILL");
    await two.client.closed;
    one.ask({ do: "send", data: "still here" });
    expect(await one.client.next()).toBe("still here");
    const others = async () => (await program.pids()).filter((pid) => pid !== two.pid);
    await expect.poll(others, { timeout: 10_000 }).toHaveLength(2);
    expect(program.lines.join("\n")).toMatch(
      new RegExp(`error worker ${two.pid} ended with SIGKILL, and \\d+ sockets with it`),
    );
    const fresh = (await spread(program, 2)).find(({ pid }) => pid !== one.pid)!;
    fresh.ask({ do: "send", data: "new" });
    expect(await one.client.next()).toBe("new");
    one.ask({ do: "count" });
    expect((await one.client.json()).count).toBeGreaterThanOrEqual(2);
  });

  it("that die again and again are replaced after twice as long each time", async () => {
    const program = await started("1");
    for (const ms of [100, 200, 400]) {
      const [pid] = await program.pids();
      process.kill(pid!, "SIGKILL");
      const told = () => program.lines.find((line) => line.includes(`worker ${pid} ended`));
      await expect.poll(told, { timeout: 5000 }).toContain(`another takes its place in ${ms} ms`);
      await expect.poll(() => program.pids(), { timeout: 10_000 }).toHaveLength(1);
    }
  });

  it("that die while they drain have lost their sockets", async () => {
    const program = await started("2");
    const [first, others] = [await spread(program, 2), await spread(program, 2)];
    const [one, two] = first as [Member, Member];
    const drained = program.tell({ do: "drain", overMs: 2000 });
    // The first socket of each worker is closed at once, the second after a second.
    const second = (member: Member) => others.find(({ pid }) => pid === member.pid)!;
    await Promise.race([two.client.closed, second(two).client.closed]);
    process.kill(two.pid, "SIGKILL");
    expect(await drained).toEqual({ sockets: 4, clean: 2, lost: 2, died: 2 });
    expect(await second(one).client.closed).toMatchObject({ code: 1012 });
    await expect(program.tell({ do: "drain", code: 5 })).rejects.toThrow("5");
  });

  it("that hang are killed when they are to drain, and their sockets have died", async () => {
    const program = await started("2");
    const [one, two] = (await spread(program, 2)) as [Member, Member];
    await expect.poll(() => program.tell({ do: "sockets" }), { timeout: 5000 }).toBe(2);
    two.ask({ do: "hang" });
    expect(await program.tell({ do: "drain" })).toEqual({ sockets: 2, clean: 1, lost: 1, died: 1 });
    expect(await one.client.closed).toMatchObject({ code: 1012 });
    expect(isAlive(two.pid)).toBe(false);
  });

  it("end with their primary, however it ends", async () => {
    const program = await started("2");
    const pids = await program.pids();
    await program.end();
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});
