import { field, type HttpReply, isOfGateway } from "../answer.ts";
import type { Experiment, Scene } from "../chart.ts";
import { isActionCable, isSocketIo } from "../other-servers.ts";
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
    const { chart, line, first } = scene;
    const shake = await line.shake(PLAIN);
    drop(shake);
    const result = resultOf(shake);
    if (typeof shake === "string" || shake.reply.kind !== "http") return { result };
    chart.plainStatus = shake.reply.answer.status;
    // 505: the server does not take HTTP/1.1 at all.
    chart.answersGet = shake.reply.answer.status !== 505;
    chart.recognise(shake.reply.answer, shake.reply.body);
    if (isServed(shake.reply) && first?.reply.kind === "http" && hasNone(first.reply)) chart.servesGet = true;
    return { result, note: compare(scene, shake) };
  },
};

/** Whether the path is there: a server for sockets alone says so too, when it wants another method or an upgrade. */
function isServed({ answer: { status } }: HttpReply): boolean {
  return (status >= 200 && status < 400) || status === 405 || status === 426;
}

/** An answer of something that found no server for an upgrade, or got no answer of it. */
function hasNone({ answer: { status } }: HttpReply): boolean {
  return status === 404 || isOfGateway(status);
}

function compare({ first }: Scene, plain: Shake): string | undefined {
  if (!first || plain.reply.kind !== "http") return undefined;
  const { reply } = first;
  if (reply.kind !== "http") return `a plain GET gets ${resultOf(plain)}: only upgrades are left unanswered`;
  if (reply.answer.status === 404 && isServed(plain.reply))
    return `a plain GET gets ${resultOf(plain)}: the path is there, and only upgrades are not routed to it`;
  if (hasNone(reply) && isServed(plain.reply)) return `a plain GET gets ${resultOf(plain)}: only upgrades fail`;
  const same = reply.answer.status === plain.reply.answer.status && excerpt(reply.body) === excerpt(plain.reply.body);
  return same && !knowsWebSockets(reply)
    ? "a plain GET gets the same answer: no WebSocket server saw the handshake"
    : undefined;
}

/** Who may refuse before it looks at what a request wants, and what only a WebSocket server says. */
function knowsWebSockets({ answer, body }: HttpReply): boolean {
  const { status } = answer;
  return (
    status === 401 ||
    status === 403 ||
    status >= 500 ||
    answer.headers.some(({ name }) => /^sec-websocket-/i.test(name)) ||
    /websocket/i.test(field(answer, "upgrade") ?? "") ||
    isSocketIo(body) ||
    isActionCable(answer, body) ||
    /web-?socket/i.test(body)
  );
}
