import * as READY_STATE from "../contract/ready-state.ts";
import type { ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import { sharedBytes } from "../protocol/shared-bytes.ts";
import { closeFor } from "./lifecycle.ts";
import type { Owner } from "./owner.ts";

/** What is held in this process for all of its sockets, and who goes when that is too much. */
export interface Ledger {
  /** So much is buffered for a socket now: it goes if that is too much for one. Sending may have closed it. */
  weigh(socket: Owner, buffered: number): void;
  /** Something noteworthy is held for a socket: if that is too much for the process, those go for which most is held. */
  note(socket: Owner): void;
  /** Nothing is held for a socket any more. */
  forget(socket: Owner): void;
}

/** Less than this is not written down for each message: it would cost more than sending. */
export const NOTEWORTHY_BYTES = 4096;

/** The sum is taken anew when it has grown by this part of what may be held. */
const GROWTH = 1 / 16;

/** Those for which something noteworthy was held when it was last looked at, and how much memory that was. */
const holders = new Map<Owner, number>();
let sum = 0;
let lingering = 0;
/** What was held when the sum was last taken. */
let measured = 0;
let shedding = false;

function weigh(socket: Owner, buffered: number): void {
  if (socket.readyState !== READY_STATE.OPEN) return;
  if (buffered > socket.definition.limits.bufferedBytes) socket.move("SHED", closeFor("SLOW_CONSUMER"));
  else if (buffered > NOTEWORTHY_BYTES) note(socket);
}

function note(socket: Owner): void {
  write(socket);
  const mostInAll = mostOf(socket);
  measured = Math.min(measured, total());
  if (shedding || total() <= mostInAll || total() < measured + mostInAll * GROWTH) return;
  shedding = true;
  measure();
  while (total() > mostInAll && shedOne(mostInAll));
  shedding = false;
  measured = total();
}

function forget(socket: Owner): void {
  sum -= holders.get(socket) ?? 0;
  holders.delete(socket);
}

/** The one of this process. */
export const ledger: Ledger = { weigh, note, forget };

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

function write(socket: Owner): void {
  const held = heldBy(socket);
  const before = holders.get(socket);
  // What leaves at the end of this turn is not held, however often it comes.
  if (held === 0 && before === undefined) return;
  sum += held - (before ?? 0);
  holders.set(socket, held);
}

function measure(): void {
  for (const socket of [...holders.keys()]) {
    if (bufferedFor(socket) < NOTEWORTHY_BYTES) forget(socket);
    else write(socket);
  }
}

/**
 * Closes the one for which most is held, of those whose definition does not want so much held in all. False when there is
 * none: who has less than an equal share is not to blame, but what lingers.
 */
function shedOne(mostInAll: number): boolean {
  let slowest: Owner | undefined;
  let most = mostInAll / holders.size;
  for (const socket of holders.keys()) {
    const buffered = bufferedFor(socket);
    if (buffered < most || total() <= mostOf(socket)) continue;
    slowest = socket;
    most = buffered;
  }
  if (!slowest) return false;
  forget(slowest);
  slowest.move("SHED", closeFor(blame(slowest)));
  return true;
}

/** How many bytes may be held for all sockets of the process before this one has to go. */
export function mostOf({ definition, platform, transport }: Owner): number {
  const { bufferedTotal } = definition.limits;
  // Who can't tell what is unsent knows too little.
  if (!transport.bufferedAmount) return Infinity;
  return bufferedTotal < 1 ? bufferedTotal * (platform.memory ?? Infinity) : bufferedTotal;
}

/** How many bytes are held for it. */
function bufferedFor(socket: Owner): number {
  return (socket.bufferedAmount ?? 0) + received(socket);
}

/** How much memory that is which no other socket shares. */
function heldBy(socket: Owner): number {
  return (socket.transport.held?.() ?? socket.bufferedAmount ?? 0) + received(socket);
}

/** Of what came: what waits for a hook, and what is not whole. */
function received({ backlog, transport }: Owner): number {
  return (backlog?.bytes ?? 0) + (transport.receivingBytes?.() ?? 0);
}

/** Why most of what is held is held. */
function blame(socket: Owner): ProtocolFailureCode {
  const came = received(socket);
  if (2 * came < bufferedFor(socket)) return "SLOW_CONSUMER";
  return 2 * (socket.backlog?.bytes ?? 0) < came ? "SLOW_PRODUCER" : "QUEUE_FULL";
}
