import { describe, expect, it } from "vitest";
import { Capacity, capacityOf, overload } from "../../../src/core/contract/capacity.ts";
import {
  defineSocket,
  refuse,
  type SocketDefinition,
  type SocketOptions,
} from "../../../src/core/contract/definition.ts";
import type { Attempt } from "../../../src/core/upgrade/attempt.ts";
import { Exchange } from "../../../src/core/upgrade/exchange.ts";
import { negotiate } from "../../../src/core/upgrade/negotiate.ts";
import { release } from "../../../src/core/upgrade/outcome.ts";
import { RouteDecision } from "../../../src/core/upgrade/route-decision.ts";
import { serveApp } from "../../../src/core/upgrade/serve.ts";
import { attempt, gate, HANDSHAKE, settled } from "../../helpers/core/core.ts";

let names = 0;

/** A definition whose sockets are counted, and by nobody else. */
function limited(limits: SocketOptions["limits"], more: Partial<SocketOptions> = {}): SocketDefinition {
  return defineSocket({ name: `limited ${++names}`, limits, ...more } as SocketOptions) as SocketDefinition;
}

function ask(definition: SocketDefinition, given: Partial<Attempt> = {}) {
  return negotiate(definition, attempt(HANDSHAKE, given).attempt, undefined);
}

/** How many more may open. */
async function places(definition: SocketDefinition, given?: Partial<Attempt>): Promise<number> {
  const accepted = [];
  for (;;) {
    const outcome = await ask(definition, given);
    if (outcome.kind !== "accept") break;
    accepted.push(outcome);
  }
  for (const outcome of accepted) release(outcome);
  return accepted.length;
}

describe("limits.connections", () => {
  it("refuses one more with 503 and says which limit, before upgrade runs", async () => {
    let upgrades = 0;
    const definition = limited({ connections: 1 }, { upgrade: () => void upgrades++ });
    const first = await ask(definition);
    const { attempt: given, events } = attempt();
    expect(await negotiate(definition, given, undefined)).toMatchObject({ kind: "answer", response: { status: 503 } });
    expect(upgrades).toBe(1);
    expect(events).toMatchObject([
      { type: "refused", failure: { code: "OVERLOADED", detail: "limits.connections (1) is reached" } },
    ]);
    release(first);
    expect(await places(definition)).toBe(1);
  });

  it("is kept by those that decide at the same time", async () => {
    const decision = gate();
    const definition = limited({ connections: 5 }, { upgrade: () => decision.promise });
    const outcomes = Array.from({ length: 60 }, () => ask(definition));
    decision.open();
    const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "accept")).toHaveLength(5);
  });

  it.each([
    ["an answer of its own", () => new Response("no", { status: 401 })],
    ["a refusal that opens to be closed", () => refuse(4000)],
    ["nonsense", () => ({ state: () => {} }) as never],
    [
      "a throw",
      () => {
        throw new Error("no");
      },
    ],
  ])("is not used up by %s", async (_, upgrade) => {
    const definition = limited({ connections: 2 }, { upgrade });
    for (let i = 0; i < 5; i++) await ask(definition);
    expect(await places({ ...definition, upgrade: () => {} })).toBe(2);
  });

  it("is nothing where sockets live in another memory, and looked at, not used, where they are counted when they open", async () => {
    const definition = limited({ connections: 1 });
    for (const counting of ["elsewhere", "opened"] as const) {
      expect(await ask(definition, { counting: () => counting })).toMatchObject({ kind: "accept", place: undefined });
    }
    const first = await ask(definition);
    expect(await ask(definition, { counting: () => "elsewhere" })).toMatchObject({ kind: "accept" });
    expect(await ask(definition, { counting: () => "opened" })).toMatchObject({ kind: "answer" });
    release(first);
  });

  it("costs nothing that is kept where there is no limit", async () => {
    expect(capacityOf(limited({}))).toBeUndefined();
    expect(await ask(limited({}))).toMatchObject({ kind: "accept", place: undefined });
  });
});

describe("limits.connectionsPerAddress", () => {
  it("counts each remote address for itself", async () => {
    const definition = limited({ connectionsPerAddress: 1 });
    await ask(definition, { remoteAddress: "192.0.2.1" });
    expect(await places(definition, { remoteAddress: "192.0.2.1" })).toBe(0);
    expect(await places(definition, { remoteAddress: "192.0.2.2" })).toBe(1);
  });

  it.each([
    [64, "2001:db8::1", "2001:db8::ffff:1", true],
    [64, "2001:db8::1", "2001:0DB8:0:0:8000::", true],
    [64, "2001:db8::1", "2001:db8:0:1::1", false],
    [56, "2001:db8::1", "2001:db8:0:ff::1", true],
    [56, "2001:db8::1", "2001:db8:0:100::1", false],
    [128, "2001:db8::1", "2001:db8::2", false],
    [128, "2001:db8::1", "2001:DB8::0:1", true],
    [1, "8000::", "ffff::", true],
    [64, "fe80::1%eth0", "fe80::2", true],
    [64, "192.0.2.1", "192.0.2.2", false],
    [64, "192.0.2.1", "::ffff:192.0.2.1", true],
    [64, "::ffff:192.0.2.1", "::ffff:c000:201", true],
    [64, "::ffff:192.0.2.1", "::ffff:192.0.2.2", false],
    [64, "", "2001:db8::1", false],
    [64, "a:b", "a:c", false],
  ])("counts with ipv6Prefix %d the addresses %s and %s as one: %s", (ipv6Prefix, one, other, same) => {
    const { limits } = limited({ connectionsPerAddress: 1, ipv6Prefix });
    const capacity = new Capacity(limits.ipv6Prefix);
    const place = capacity.reserve(one);
    expect(overload(capacity, limits, one)?.detail).toContain("connectionsPerAddress");
    expect(overload(capacity, limits, other) !== undefined).toBe(same);
    place.release();
    expect(overload(capacity, limits, one)).toBeUndefined();
  });

  it("counts by a prefix of 64 bits by default, and takes no other than 1 to 128", () => {
    expect(limited({}).limits.ipv6Prefix).toBe(64);
    expect(() => limited({ ipv6Prefix: 0 })).toThrow(RangeError);
    expect(() => limited({ ipv6Prefix: 129 })).toThrow(RangeError);
  });
});

describe("a place", () => {
  const limits = limited({ connections: 1 }).limits;

  it("is given back once, by whoever comes first, as long as no socket is there", () => {
    const capacity = new Capacity(64);
    const place = capacity.reserve("");
    place.release();
    place.release();
    place.leave();
    capacity.reserve("");
    expect(overload(capacity, limits, "")?.code).toBe("OVERLOADED");
  });

  it("is its socket's once that is there", () => {
    const capacity = new Capacity(64);
    const place = capacity.reserve("");
    place.take();
    place.release();
    expect(overload(capacity, limits, "")?.code).toBe("OVERLOADED");
    place.leave();
    place.leave();
    expect(overload(capacity, limits, "")).toBeUndefined();
  });

  it("is counted again for a socket that opens though it was given back", () => {
    const capacity = new Capacity(64);
    const place = capacity.reserve("");
    place.release();
    place.take();
    expect(overload(capacity, limits, "")?.code).toBe("OVERLOADED");
    place.leave();
    expect(overload(capacity, limits, "")).toBeUndefined();
  });
});

describe("what becomes of an app's decision", () => {
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} };

  /** An app that decides once, and then does something else. */
  const passing = async (
    definition: SocketDefinition,
    then: (response: Response, exchange: Exchange) => Response | Promise<Response>,
    given: Partial<Attempt> = {},
  ) => {
    const { attempt: made } = attempt(HANDSHAKE, given);
    let exchange: Exchange | undefined;
    const app = {
      async fetch() {
        exchange = new Exchange(made);
        return then(await RouteDecision.of(exchange).decide(definition, undefined), exchange);
      },
    };
    const response = await app.fetch().catch(() => undefined);
    return { exchange, response, attempt: made };
  };

  it("holds its place until it is carried out", async () => {
    const definition = limited({ connections: 1 });
    const { exchange, response } = await passing(definition, (stand) => stand);
    expect(await places(definition)).toBe(0);
    release(exchange!.settle(response!));
    expect(await places(definition)).toBe(1);
  });

  it.each<[string, (response: Response) => Response]>([
    ["answers otherwise", () => new Response("no", { status: 401 })],
    ["spoils the response", ({ headers }) => new Response(null, { status: 202, headers })],
  ])("gives it back when a middleware %s", async (_, then) => {
    const definition = limited({ connections: 1 });
    const { exchange, response } = await passing(definition, then);
    exchange!.settle(response!);
    expect(await places(definition)).toBe(1);
  });

  it("gives it back when the client leaves meanwhile, and what comes of it later changes nothing", async () => {
    const definition = limited({ connections: 1 });
    const gone = new AbortController();
    const { exchange, response } = await passing(definition, (stand) => stand, { gone: gone.signal });
    gone.abort();
    expect(await places(definition)).toBe(1);
    release(exchange!.settle(response!));
    expect(await places(definition)).toBe(1);
  });

  it("gives it back when the app throws, or decides after it has answered", async () => {
    const definition = limited({ connections: 1 });
    const { attempt: given } = attempt();
    const request = new Request(given.url);
    const throwing = async () => {
      throw new Error("the app failed");
    };
    const outcome = await serveApp({ fetch: throwing }, { ...given, request: () => request }, {}, context);
    expect(outcome).toMatchObject({ kind: "answer", response: { status: 500 } });
    const exchange = new Exchange(given);
    await RouteDecision.of(exchange).decide(definition, undefined);
    exchange.giveUp();
    expect(await places(definition)).toBe(1);
    const late = new Exchange(given);
    late.settle(new Response("too late"));
    await RouteDecision.of(late).decide(definition, undefined);
    expect(await places(definition)).toBe(1);
    await settled();
  });
});
