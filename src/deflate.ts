import { nodeZlib } from "./adapters/node/deflate.ts";
import { hasRoom } from "./adapters/node/zlib/contexts.ts";
import { checkNames } from "./core/contract/option-names.ts";
import type { Compression } from "./core/protocol/deflate/compression.ts";
import { acceptDeflate } from "./core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate } from "./core/protocol/deflate/permessage-deflate.ts";
import { type CompressionOptions, DEFAULT_SETTINGS, settingsOf } from "./core/protocol/deflate/settings.ts";

export type { Compression } from "./core/protocol/deflate/compression.ts";
export type { CompressionOptions } from "./core/protocol/deflate/settings.ts";

/**
 * The `compression` of a definition, or of Bun's host of an app: permessage-deflate (RFC 7692), for clients that offer it.
 * `deflate()` takes the defaults: messages of 1024 bytes and more, level 6, memLevel 8, a window of 15 bits; the server forgets each message once it is
 * sent, and clients need not. Runs on every runtime; zlib is loaded on Node alone, when the first client compresses.
 * Throws a TypeError for an option that there is none of and for what should be true or false, a RangeError for a number that is out of its range.
 */
export function deflate(options: CompressionOptions = {}): Compression {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`deflate takes options, such as { threshold: 512, level: 3 }, not ${options}`);
  checkNames(options, Object.keys(DEFAULT_SETTINGS), "deflate");
  const settings = settingsOf(options);
  return Object.freeze({
    ...settings,
    accept(offers, contexts) {
      const accepted = acceptDeflate(offers, settings, () => hasRoom(contexts));
      return (
        accepted && {
          response: accepted.response,
          open: () => new PermessageDeflate("server", accepted.params, settings, nodeZlib({ contexts })),
        }
      );
    },
  } satisfies Compression);
}
