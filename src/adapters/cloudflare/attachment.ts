import { readSnapshot, type Snapshot, writeSnapshot } from "../../core/session/snapshot.ts";
import type { WorkerSocket } from "./types.ts";

/** workerd, 2026-11: an attachment is at most 16,384 serialised bytes; the wrapping around ours takes up to 64 of them. */
const MAX_BYTES = 16_384 - 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A decision on its way from the Worker to the object: the snapshot, and the name of the definition that it is for. */
export interface SentSnapshot extends Snapshot {
  readonly definition: string;
}

/**
 * A snapshot as bytes, whose number does not depend on the script of the text: workerd stores a string with one emoji as UTF-16.
 * Throws a RangeError, naming the socket, when an attachment can't hold it.
 */
export function snapshotBytes(snapshot: Snapshot): Uint8Array {
  const bytes = encoder.encode(writeSnapshot(snapshot));
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new RangeError(
    `socket ${snapshot.id}: state, topics and url together are ${bytes.length} bytes as JSON; a hibernating object keeps ${MAX_BYTES}`,
  );
}

/** What is kept with a socket, and survives hibernation. */
export interface Attachment {
  /** The snapshot, as `snapshotBytes` writes it. */
  readonly onesocket: Uint8Array;
  /** When its client last sent something: opening, or sending a message; in milliseconds of the epoch, and not to the second. */
  readonly lastReceived: number;
}

/** What was kept with a socket; undefined for a socket that is not ours, or was forgotten. */
export function attachmentOf(socket: WorkerSocket): Attachment | undefined {
  const attachment = socket.deserializeAttachment() as Partial<Attachment> | null | undefined;
  return attachment?.onesocket && (attachment as Attachment);
}

/** The snapshot that was kept. */
export function attachedSnapshot({ onesocket }: Attachment): Snapshot {
  return readSnapshot(decoder.decode(onesocket));
}
