import { sharedBytes } from "../protocol/shared-bytes.ts";

/** Less than this is not written down for each message: it would cost more than sending. */
export const NOTEWORTHY_BYTES = 4096;

/** The sum is taken anew when it has grown by this part of what may be held. */
const GROWTH = 1 / 16;

/** A socket for which bytes are held: those that it was sent and have not left, and those that it brought and nobody has taken. */
export interface Holder {
  /** How many they are. */
  buffered(): number;
  /** How much memory that is which no other socket shares. */
  held(): number;
  /** How many bytes may be held for all sockets of the process before this one has to go. */
  readonly mostInAll: number;
  /** Closes it. From then on nothing is held for it, but for what `linger` has been told. */
  shed(): void;
}

/** Those for which something noteworthy was held when it was last looked at, and how much memory that was. */
const holders = new Map<Holder, number>();
let sum = 0;
let lingering = 0;
/** What was held when the sum was last taken. */
let measured = 0;
let shedding = false;

/** Something noteworthy is held for a socket: if that is too much for the process, those go for which most is held. */
export function note(holder: Holder): void {
  write(holder);
  const { mostInAll } = holder;
  measured = Math.min(measured, total());
  if (shedding || total() <= mostInAll || total() < measured + mostInAll * GROWTH) return;
  shedding = true;
  measure();
  while (total() > mostInAll && shedOne(mostInAll));
  shedding = false;
  measured = total();
}

/** Nothing is held for a socket any more. */
export function forget(holder: Holder): void {
  sum -= holders.get(holder) ?? 0;
  holders.delete(holder);
}

/** A socket is closed, but its runtime has not let go of so much that it was sent: not until the returned function is called. */
export function linger(bytes: number): () => void {
  let held = bytes;
  lingering += held;
  return () => {
    lingering -= held;
    held = 0;
  };
}

function total(): number {
  return sum + lingering + sharedBytes();
}

function write(holder: Holder): void {
  const held = holder.held();
  sum += held - (holders.get(holder) ?? 0);
  holders.set(holder, held);
}

function measure(): void {
  for (const holder of [...holders.keys()]) {
    if (holder.buffered() < NOTEWORTHY_BYTES) forget(holder);
    else write(holder);
  }
}

/**
 * Closes the one for which most is held, of those whose definition does not want so much held in all. False when there is
 * none: who has less than an equal share is not to blame, but what lingers.
 */
function shedOne(mostInAll: number): boolean {
  let slowest: Holder | undefined;
  let most = mostInAll / holders.size;
  for (const holder of holders.keys()) {
    const buffered = holder.buffered();
    if (buffered < most || total() <= holder.mostInAll) continue;
    slowest = holder;
    most = buffered;
  }
  if (!slowest) return false;
  forget(slowest);
  slowest.shed();
  return true;
}
