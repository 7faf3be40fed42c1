import type { Experiment } from "../chart.ts";
import { fail } from "../finding.ts";
import { drop, isOpen, resultOf, statusOf } from "./result.ts";
import { sound } from "./sound.ts";

/** Clients that offer no compression must not be given any. */
export const WITHOUT_COMPRESSION: Experiment = sound("without offering compression", () => ({ deflate: false }));

/** Two names that no server knows, or none where some were given. */
export const OTHER_PROTOCOLS: Experiment = sound("other subprotocols", ({ line }) => ({
  protocols: line.options.protocols.length > 0 ? [] : ["onesocket-doctor-1", "onesocket-doctor-2"],
}));

const LIST = "Connection: keep-alive, Upgrade";

/** As Firefox shakes hands. What a rate limit or a broken connection refuses says nothing. */
export const CONNECTION_LIST: Experiment = sound(
  LIST,
  () => ({ headers: { connection: "keep-alive, Upgrade" } }),
  async ({ line }, shake) => {
    const status = statusOf(shake);
    if (status === undefined || status === 429 || status >= 500) return undefined;
    const control = await line.shake();
    drop(control);
    return isOpen(control) ? fail("CONNECTION_LIST_REFUSED", `${LIST} gets ${resultOf(shake)}`) : undefined;
  },
);
