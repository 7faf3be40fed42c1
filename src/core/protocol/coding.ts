import type { Extension } from "./extension.ts";
import type { Sending } from "./unsent.ts";

/** What only a connection with an extension has. */
export interface Coding {
  readonly extension: Extension;
  /** What has to be encoded before it is sent. */
  readonly queue: Sending;
  decoding: boolean;
  /** A message that was decoded while nothing could be delivered. */
  decoded: string | Uint8Array<ArrayBuffer> | undefined;
}
