import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readConstants } from "../../bench/fleet/constants.ts";
import { share, usAt } from "../../bench/fleet/cost.ts";
import { BOUNDS, carried, type Fleet, simulate, type Workload } from "../../bench/fleet/model.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

const constants = readConstants();
const CHAT: Workload = {
  clients: 100_000,
  members: 50,
  perMinute: 1,
  bytes: 100,
  engine: "redis",
  placed: "anywhere",
};

function fleetOf(more: Partial<Workload>): Fleet {
  const fleet = simulate({ ...CHAT, ...more }, BOUNDS, constants);
  if (typeof fleet === "string") throw new Error(fleet);
  return fleet;
}

function program(...args: string[]): Promise<{ stdout: string }> {
  return run(process.execPath, ["--conditions=onesocket-source", join(ROOT, "bench/simulate.ts"), ...args]);
}

describe("what a thing costs", () => {
  const cost = { few: { us: 100, busy: 0.1 }, many: { us: 20, busy: 0.5 } };

  it("lies between what was measured with few and with many, and is never cheaper than that", () => {
    expect([0, 0.1, 0.3, 0.5, 0.9].map((busy) => Math.round(usAt(cost, busy)))).toEqual([100, 100, 60, 20, 20]);
  });

  it("comes to a share of a core at which it costs just that; more than a core is told as such", () => {
    const at = share([{ perSecond: 4000, cost }], 0);
    expect(usAt(cost, at) * 4000).toBeCloseTo(at * 1e6, 0);
    expect(share([{ perSecond: 100_000, cost }], 0)).toBe(2);
    expect(share([], 250_000)).toBeCloseTo(0.25);
  });
});

describe("a fleet", () => {
  it.each([1e2, 1e3, 1e4, 1e5, 1e6, 1e7])("of %d clients is within its bounds, and carries all of them", (clients) => {
    for (const placed of ["anywhere", "by room"] as const) {
      const fleet = fleetOf({ clients, placed });
      expect(fleet.process.cores).toBeLessThanOrEqual(BOUNDS.busy);
      expect(fleet.process.mib).toBeLessThanOrEqual(BOUNDS.mib);
      expect(fleet.engine.cores).toBeLessThanOrEqual(BOUNDS.busy);
      expect(fleet.connections).toBeLessThanOrEqual(BOUNDS.connections);
      expect(fleet.connections * fleet.processes).toBeCloseTo(clients, 3);
    }
  });

  it("needs no engine while one process is enough, and says what is too much for it otherwise", () => {
    expect(fleetOf({ clients: 1000 })).toMatchObject({ engines: 0, processes: 1, breaks: [] });
    expect(fleetOf({ clients: 100_000 }).breaks).toContain("a process's connections");
    expect(fleetOf({ clients: 1e7 }).breaks).toContain("the engine's CPU");
  });

  it("has work for its engine by who hears: all that have the room, by room one alone", () => {
    const at = (placed: Workload["placed"]) => carried({ ...CHAT, placed }, 10, constants).engine;
    const perSecond = CHAT.clients / 60;
    expect(at("by room").brings).toBeCloseTo(perSecond + 5, 0);
    // Fifty clients are in nearly all of ten processes.
    expect(at("anywhere").brings).toBeGreaterThan(9.9 * perSecond);
    expect(at("anywhere").brings).toBeLessThanOrEqual(10 * perSecond + 5);
  });

  it.each(["redis", "nats", "postgres", "cluster"] as const)("over %s takes more of all the more is said", (engine) => {
    const [little, much] = [1, 4].map((perMinute) => carried({ ...CHAT, engine, perMinute }, 8, constants));
    expect(much!.process.cores).toBeGreaterThan(little!.process.cores);
    expect(much!.engine.cores).toBeGreaterThan(little!.engine.cores);
    expect(much!.engine.mbits).toBeGreaterThan(3 * little!.engine.mbits);
  });

  it("is none where a room says more than one process can hear: why is told", () => {
    const words = simulate({ ...CHAT, clients: 1e6, members: 1e6 }, BOUNDS, constants);
    expect(words).toMatch(/no fleet carries that: a process's CPU.*A room has to be smaller/);
  });
});

describe("npm run simulate", () => {
  it("tells a fleet in words and as data", async () => {
    const args = ["--clients", "100000", "--engine", "nats", "--placed", "by room"];
    const [{ stdout: words }, { stdout: json }] = await Promise.all([program(...args), program(...args, "--json")]);
    const { fleet, dollars } = JSON.parse(json) as { fleet: Fleet; dollars: number };
    expect(fleet).toEqual(fleetOf({ engine: "nats", placed: "by room" }));
    expect(words).toMatch(new RegExp(`^processes +${fleet.processes}$`, "m"));
    expect(words).toMatch(new RegExp(`dollars a month +${Math.ceil(dollars)}$`, "m"));
  });

  it.each([
    [[], 2, "--clients says"],
    [["--clients", "1.5"], 2, "--clients is a whole number from 1"],
    [["--clients", "10", "--engine", "kafka"], 2, "--engine is one of redis, nats, postgres, cluster, not kafka"],
    [["--clients", "10", "--placed", "nowhere"], 2, "--placed is"],
    [["--speed", "1"], 2, "Unknown option"],
    [["--clients", "1000000", "--members", "1000000"], 1, "no fleet carries that"],
  ])("%j: ends with %d and says why", async (args, code, words) => {
    await expect(program(...args)).rejects.toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  it("says with --help what it takes, and with --constants what it knows by which command", async () => {
    const [{ stdout: help }, { stdout: known }] = await Promise.all([program("--help"), program("--constants")]);
    expect(help).toMatch(/--per-minute N/);
    expect(known.match(/npm run bench:engines -- --write|npm run simulate -- --measure/g)!.length).toBe(
      known.trim().split("\n").length - 2,
    );
  });
});
