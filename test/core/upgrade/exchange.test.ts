import { describe, expect, it } from "vitest";
import { defineSocket, refuse } from "../../../src/core/contract/definition.ts";
import type { SocketEvent } from "../../../src/core/contract/observer.ts";
import { Exchange } from "../../../src/core/upgrade/exchange.ts";
import { RouteDecision } from "../../../src/core/upgrade/route-decision.ts";
import { attempt, gate, HANDSHAKE } from "../../helpers/core/core.ts";

/** A route that answers while the hook, which ends with `result`, is still deciding. */
async function forgetting(result: () => unknown, status: number) {
  const hook = gate();
  const gone = new AbortController();
  const events: SocketEvent[] = [];
  const own: SocketEvent[] = [];
  const { attempt: made } = attempt(HANDSHAKE, { gone: gone.signal, observe: (event) => events.push(event) });
  const definition = defineSocket({
    name: "patient",
    observe: (event) => own.push(event),
    async upgrade() {
      await hook.promise;
      return result() as never;
    },
  });
  const exchange = new Exchange(made);
  const decision = RouteDecision.of(exchange);
  const late = decision.decide(definition as never, undefined);
  decision.answered(status, true);
  const answer = exchange.settle(new Response(null, { status }));
  return { answer, events, own, hook, gone, late };
}

const throwing = () => {
  throw new Error("too late");
};

describe("a handshake whose app has answered without waiting for the hook", () => {
  it.each<[string, () => unknown]>([
    ["accepts", () => undefined],
    ["answers", () => new Response("who?", { status: 401 })],
    ["refuses", () => refuse(4401)],
    ["throws", throwing],
    ["returns what is no decision", () => new Map()],
  ])("is told once, by the status that was sent, though the hook %s later", async (_, result) => {
    const { answer, events, own, hook, late } = await forgetting(result, 404);
    expect(answer).toMatchObject({ kind: "answer", response: { status: 404 } });
    hook.open();
    await late;
    const told = events.filter(({ type }) => type !== "error");
    expect(told).toMatchObject([
      { type: "refused", definition: "patient", status: 404, failure: { code: "HANDLER_ERROR" } },
    ]);
    expect(own).toEqual(events);
    expect(events.length - told.length).toBe(result === throwing ? 1 : 0);
  });

  it("is told once though the runtime says afterwards that the client has gone", async () => {
    const { events, gone, late } = await forgetting(() => undefined, 404);
    gone.abort();
    await late;
    expect(events).toMatchObject([{ type: "refused", status: 404 }]);
  });

  it("is told once when the app has thought better of it", async () => {
    const { events, hook, late } = await forgetting(() => new Response("who?", { status: 401 }), 403);
    hook.open();
    await late;
    expect(events).toMatchObject([{ type: "refused", failure: undefined, status: 403 }]);
  });
});
