import type { Experiment } from "../chart.ts";
import { fail } from "../finding.ts";
import { drop, isOpen, resultOf, statusOf } from "./result.ts";

/** The same handshake twice more: a gateway may have several servers behind it, of which one is down. */
export const REPEATED: Experiment = {
  name: "the same handshake, twice more",
  async run({ line, first }) {
    const results: string[] = [];
    for (const _ of [1, 2]) {
      const shake = await line.shake();
      drop(shake);
      results.push(resultOf(shake));
      if (!isOpen(shake)) continue;
      const detail = `${first && statusOf(first)} at first, and the very same handshake is let in when it is repeated: not all servers behind the gateway are well`;
      const fix = "See in the gateway's log which of its servers fails, and let it take that one out (health checks).";
      return { result: results.join(", "), finding: { ...fail("STATUS_NOT_101", detail), fix } };
    }
    return { result: results.join(", ") };
  },
};

/**
 * The same handshake, once a plain GET was answered. A proxy that listens for upgrades only from its first request on
 * (http-proxy-middleware with `ws: true` alone) has been mended by the doctor's GET, until it starts anew.
 */
export const AGAIN: Experiment = {
  name: "the same handshake, after the GET",
  async run({ line, chart, first }) {
    if (!chart.answersGet) return { result: "not done: a GET gets no answer" };
    const shake = await line.shake();
    drop(shake);
    const result = resultOf(shake);
    if (!isOpen(shake)) return { result };
    const code = first?.reply.kind === "closed" ? "CLOSED_BEFORE_RESPONSE" : "RESPONSE_TIMEOUT";
    const detail =
      "after a plain GET the same handshake is let in: the proxy hears upgrades only once a request has come";
    const fix =
      'Give the proxy the upgrades from the start: server.on("upgrade", proxy.upgrade) for http-proxy-middleware.';
    return { result, finding: { ...fail(code, detail), fix } };
  },
};
