import type { Experiment, Scene } from "../chart.ts";
import { excerpt } from "../refusal.ts";
import type { Variation } from "../request.ts";
import type { Shake } from "../shake.ts";
import { drop, resultOf } from "./result.ts";

/** Leaves out all that makes a handshake of a GET. */
export const PLAIN: Variation = {
  deflate: false,
  protocols: [],
  headers: { connection: "close", upgrade: null, "sec-websocket-version": null, "sec-websocket-key": null },
};

/** A GET of the same URL that is no handshake: whether the answer has anything to do with WebSockets. */
export const PLAIN_GET: Experiment = {
  name: "a plain GET of the same URL",
  async run(scene) {
    const shake = await scene.line.shake(PLAIN);
    drop(shake);
    const result = resultOf(shake);
    if (typeof shake === "string" || shake.reply.kind !== "http") return { result };
    scene.chart.answersGet = true;
    scene.chart.recognise(shake.reply.answer, shake.reply.body);
    return { result, note: compare(scene, shake) };
  },
};

function compare({ first }: Scene, plain: Shake): string | undefined {
  if (!first || plain.reply.kind !== "http") return undefined;
  const { reply } = first;
  if (reply.kind !== "http") return `a plain GET gets ${resultOf(plain)}: only upgrades are left unanswered`;
  const same = reply.answer.status === plain.reply.answer.status && excerpt(reply.body) === excerpt(plain.reply.body);
  return same ? "a plain GET gets the same answer: no WebSocket server saw the handshake" : undefined;
}
