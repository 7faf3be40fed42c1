import type { Extension } from "../extension.ts";
import type { ExtensionOffer } from "../headers.ts";
import type { CompressionSettings } from "./settings.ts";

/** How messages are compressed, and all that it takes: made by `deflate` of `onesocket/deflate`, so that who does not compress has none of it. */
export interface Compression extends CompressionSettings {
  /**
   * Accepts one of a client's offers, where we frame ourselves (Node); undefined when none suits. Runtimes that frame natively
   * take the settings alone. `contexts`: how many contexts all connections of the process may keep.
   */
  accept(offers: readonly ExtensionOffer[], contexts: number): AcceptedCompression | undefined;
}

/** An offer that the server accepts. */
export interface AcceptedCompression {
  /** The value of the response's `Sec-WebSocket-Extensions`. */
  readonly response: string;
  /** What is done to the messages of the connection from then on. It counts as one that keeps a context, if it does, until it is closed. */
  open(): Extension;
}

/** Throws a TypeError for what `deflate` has not made. */
export function checkCompression(given: Compression | false | undefined): void {
  if (given && typeof given.accept !== "function")
    throw new TypeError(
      'compression is deflate(), or deflate({ threshold: 512, level: 3 }), imported from "onesocket/deflate"',
    );
}
