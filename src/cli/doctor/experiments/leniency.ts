import type { Experiment } from "../chart.ts";
import type { Variation } from "../request.ts";
import { drop, resultOf } from "./result.ts";

/** What servers may refuse, and mostly should: told for whoever wonders what a proxy or a client can get away with. */
export const LENIENCY: readonly Experiment[] = [
  told("HTTP/1.0", { version: "1.0" }),
  told("no Upgrade header", { headers: { upgrade: null } }),
  told("Sec-WebSocket-Version: 8", { headers: { "sec-websocket-version": "8" } }),
  told("Sec-WebSocket-Version: 99", { headers: { "sec-websocket-version": "99" } }),
  told("no Sec-WebSocket-Key", { headers: { "sec-websocket-key": null } }),
  told("a Sec-WebSocket-Key of 5 bytes", { headers: { "sec-websocket-key": "c2hvcnQ=" } }),
];

function told(name: string, variation: Variation): Experiment {
  return {
    name,
    curious: true,
    async run({ line }) {
      const shake = await line.shake(variation);
      drop(shake);
      return { result: resultOf(shake) };
    },
  };
}
