import type { Extension } from "../../../src/core/protocol/extension.ts";
import { SendQueue } from "../../../src/core/protocol/send-queue.ts";
import type { Sending } from "../../../src/core/protocol/unsent.ts";

/** What an extension sends by, for those that tests make. */
export function sending(this: Extension, ...given: Parameters<Extension["sending"]>): Sending {
  return new SendQueue(this, ...given);
}
