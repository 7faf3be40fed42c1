import type { Seed } from "../../core/session/member.ts";
import type { WorkerSocket } from "./types.ts";

/** workerd, 2026-11: an attachment is at most 16,384 serialised bytes; the wrapping around ours takes up to 64 of them. */
const MAX_BYTES = 16_384 - 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A decision on its way from the Worker to the object: the seed, and the name of the definition that it is for. */
export interface SentSeed extends Seed {
  readonly definition: string;
}

/** The form in which a seed travels and sleeps. */
export function writeSeed<Form extends Seed>(seed: Form): string {
  return JSON.stringify(seed);
}

/** A seed from its written form; frozen throughout, as state is (M10). */
export function readSeed<Form extends Seed>(text: string): Form {
  return JSON.parse(text, (_key, value) => Object.freeze(value));
}

/**
 * A seed as bytes, whose number does not depend on the script of the text: workerd stores a string with one emoji as UTF-16.
 * Throws a RangeError, naming the socket, when an attachment can't hold it.
 */
export function seedBytes(seed: Seed): Uint8Array {
  const bytes = encoder.encode(writeSeed(seed));
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new RangeError(
    `socket ${seed.id}: state, topics and url together are ${bytes.length} bytes as JSON; a hibernating object keeps ${MAX_BYTES}`,
  );
}

/** What is kept with a socket, and survives hibernation. */
export interface Attachment {
  /** The seed, as `seedBytes` writes it. */
  readonly onesocket: Uint8Array;
  /** When its client was last heard: opening, or sending a message; in milliseconds of the epoch, and not to the second. */
  readonly heard: number;
}

/** What was kept with a socket; undefined for a socket that is not ours, or was forgotten. */
export function attachmentOf(socket: WorkerSocket): Attachment | undefined {
  const attachment = socket.deserializeAttachment() as Partial<Attachment> | null | undefined;
  return attachment?.onesocket && (attachment as Attachment);
}

/** The seed that was kept. */
export function attachedSeed({ onesocket }: Attachment): Seed {
  return readSeed(decoder.decode(onesocket));
}
