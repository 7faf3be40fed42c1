import { field } from "../answer.ts";
import type { Experiment, Outcome, Scene } from "../chart.ts";
import { fail } from "../finding.ts";
import type { Variation } from "../request.ts";
import { originOf } from "./origins.ts";
import { drop, isOpen, resultOf } from "./result.ts";

/** Does a handshake that was refused again with one thing varied; what `opens` says holds if that one is let in. */
function instead(
  name: string,
  vary: (scene: Scene) => Variation,
  opens: (result: Outcome["result"], scene: Scene) => Outcome,
): Experiment {
  return {
    name,
    async run(scene) {
      const shake = await scene.line.shake(vary(scene));
      drop(shake);
      const result = resultOf(shake);
      if (!isOpen(shake) || shake.reply.kind !== "http") return { result };
      // Then the variation is not what let us in.
      if (await isLetIn(scene)) return { result, note: "the very same handshake is let in when it is repeated" };
      const chosen = field(shake.reply.answer, "sec-websocket-protocol");
      return opens(chosen === null ? result : `${result}, subprotocol ${chosen}`, scene);
    },
  };
}

/** Twice: of two servers behind one address each may get every second connection. */
async function isLetIn({ line }: Scene): Promise<boolean> {
  for (const _ of [1, 2]) {
    const control = await line.shake();
    drop(control);
    if (isOpen(control)) return true;
  }
  return false;
}

/** As a page of the same host: some servers let in nobody who has no Origin. */
export const WITH_ORIGIN: Experiment = instead(
  "with the Origin of a page of the same host",
  ({ line }) => ({ headers: { origin: originOf(line.options.target) } }),
  (result) => ({
    result,
    finding: fail(
      "ORIGIN_REJECTED",
      "with the Origin of its own host the server lets us in, without Origin it does not",
    ),
  }),
);

/** Without the Origin that was given. */
export const WITHOUT_ORIGIN: Experiment = instead(
  "without the Origin",
  () => ({ headers: { origin: null } }),
  (result) => ({ result, finding: fail("ORIGIN_REJECTED", "without this Origin the server lets us in") }),
);

/** Names that programs agree on. */
const KNOWN = [
  "graphql-transport-ws",
  "graphql-ws",
  "mqtt",
  "wamp.2.json",
  "v12.stomp",
  "ocpp1.6",
  "ocpp2.0.1",
  "vite-hmr",
  "actioncable-v1-json",
  "json",
  "chat",
];

/** Some servers demand a subprotocol. */
export const KNOWN_PROTOCOLS: Experiment = instead(
  "with well-known subprotocols",
  () => ({ protocols: KNOWN }),
  (result) => ({
    result,
    finding: fail(
      "SUBPROTOCOL_NO_MATCH",
      `the server demands a subprotocol: ${result} when well-known ones are offered`,
    ),
  }),
);

/** Without the subprotocols that were given. */
export const NO_PROTOCOL: Experiment = instead(
  "without subprotocols",
  () => ({ protocols: [] }),
  (result) => ({ result, finding: fail("SUBPROTOCOL_NO_MATCH", "without these subprotocols the server lets us in") }),
);

/** Some servers can't read the offer. */
export const NO_COMPRESSION: Experiment = instead(
  "without offering compression",
  () => ({ deflate: false }),
  (result) => ({
    result,
    finding: fail("EXTENSION_MALFORMED", "the server refuses the offer of permessage-deflate that browsers make"),
  }),
);
