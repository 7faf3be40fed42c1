import type { Experiment } from "../chart.ts";
import { fail } from "../finding.ts";
import { drop, isOpen, resultOf } from "./result.ts";

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
