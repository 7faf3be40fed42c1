import type { Seen } from "../explanation.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { Place } from "./place.ts";

/** What a proxy does with a handshake, as its configuration says. */
export interface Outcome {
  /** What decides, such as `ProxyPass "/" → http://127.0.0.1:3000/`. */
  readonly title: string;
  readonly fate: Fate;
  /** What is wrong beside what becomes of the handshake itself. */
  readonly beside: readonly Seen[];
  /** What may decide otherwise, since it depends on what is not known or is not understood: sentences. */
  readonly doubts: readonly string[];
}

/** What becomes of a handshake. */
export type Fate =
  | Passed
  /** The proxy answers by itself. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly to?: string | undefined;
      readonly by: Place;
      /** In the place of what the status says. */
      readonly seen?: Seen | undefined;
    }
  /** Anything else that opens no WebSocket, as the end of a sentence about the handshake. */
  | { readonly kind: "lost"; readonly what: string; readonly seen: Seen }
  /** What cannot be told from it, as the end of a sentence about the handshake. */
  | { readonly kind: "unknown"; readonly what: string }
  /** The proxy does not start with it, or refuses what is wanted of it. */
  | { readonly kind: "broken"; readonly seen: Seen };

/** The handshake goes on to a server. */
export interface Passed {
  readonly kind: "passed";
  readonly by: Place;
  readonly upstream: string;
  /** What the server behind the proxy gets. */
  readonly request: RequestHead;
  /** After how much silence the proxy cuts, in milliseconds; Infinity for never, undefined where that is not known. */
  readonly idleMs: number | undefined;
  /** The setting that says so. */
  readonly idleBy: string;
  /** Where, how and by which lines a fault of what is passed on is mended. */
  mend(code: Seen["code"]): Pick<Seen, "where" | "fix" | "snippet">;
}
