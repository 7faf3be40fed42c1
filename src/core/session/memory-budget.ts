import * as READY_STATE from "../contract/ready-state.ts";
import type { ProtocolFailureCode } from "../protocol/protocol-failures.ts";
import { sharedBytes } from "../protocol/slab.ts";
import type { SessionInternals } from "./internals.ts";
import { closeFor } from "./lifecycle.ts";

/** The memory that a process holds for all of its sockets, and which of them is closed when that is too much. */
export interface MemoryBudget {
  /** So many bytes are buffered for a socket now: it is closed if that is too much for one. Sending may have closed it before. */
  check(socket: SessionInternals, buffered: number): void;
  /** Records what is held for a socket: if all of that is too much for the process, those are closed for which most is held. */
  record(socket: SessionInternals): void;
  /** Nothing is held for a socket any more. */
  forget(socket: SessionInternals): void;
}

/** Less than this is not recorded for each message: it would cost more than sending. */
export const MIN_RECORDED_BYTES = 4096;

/** Each socket is looked at again when the sum has grown by this part of what may be held. */
const GROWTH = 1 / 16;

/** The sockets for which so much was held when it was last recorded, and how many bytes. */
const holders = new Map<SessionInternals, number>();
let sum = 0;
let lingering = 0;
/** All that was held when each socket was last looked at. */
let measured = 0;
let shedding = false;

function check(socket: SessionInternals, buffered: number): void {
  if (socket.readyState !== READY_STATE.OPEN) return;
  if (buffered > socket.definition.limits.bufferedBytes) socket.move("SHED", closeFor("SLOW_CONSUMER"));
  else if (buffered > MIN_RECORDED_BYTES) record(socket);
}

function record(socket: SessionInternals): void {
  update(socket);
  const mostInAll = mostOf(socket);
  measured = Math.min(measured, total());
  if (shedding || total() <= mostInAll || total() < measured + mostInAll * GROWTH) return;
  shedding = true;
  measure();
  while (total() > mostInAll && shedOne(mostInAll));
  shedding = false;
  measured = total();
}

function forget(socket: SessionInternals): void {
  sum -= holders.get(socket) ?? 0;
  holders.delete(socket);
}

/** That of this process. */
export const memoryBudget: MemoryBudget = { check, record, forget };

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

function update(socket: SessionInternals): void {
  const held = heldBy(socket);
  const before = holders.get(socket);
  // What leaves at the end of this turn is not held, however often it comes.
  if (held === 0 && before === undefined) return;
  sum += held - (before ?? 0);
  holders.set(socket, held);
}

function measure(): void {
  for (const socket of holders.keys()) {
    if (bufferedFor(socket) < MIN_RECORDED_BYTES) forget(socket);
    else update(socket);
  }
}

/**
 * Closes the one for which most is held, of those whose definition does not want so much held in all. False when there is
 * none: a socket with less than an equal share is not to blame, but what lingers.
 */
function shedOne(mostInAll: number): boolean {
  let slowest: SessionInternals | undefined;
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
export function mostOf({ definition, platform, transport }: SessionInternals): number {
  const { bufferedTotal } = definition.limits;
  // A runtime that can't tell what is unsent knows too little.
  if (!transport.bufferedAmount) return Infinity;
  return bufferedTotal < 1 ? bufferedTotal * (platform.memory ?? Infinity) : bufferedTotal;
}

/** How many bytes are held for it. */
function bufferedFor(socket: SessionInternals): number {
  return (socket.bufferedAmount ?? 0) + received(socket);
}

/** How many bytes of that no other socket shares. */
function heldBy(socket: SessionInternals): number {
  return (socket.transport.held?.() ?? socket.bufferedAmount ?? 0) + received(socket);
}

/** How many bytes of it were received: messages that wait for a hook, and one that is not whole. */
function received({ backlog, transport }: SessionInternals): number {
  return (backlog?.bytes ?? 0) + (transport.receivingBytes?.() ?? 0);
}

/** Why most of what is held is held. */
function blame(socket: SessionInternals): ProtocolFailureCode {
  const came = received(socket);
  if (2 * came < bufferedFor(socket)) return "SLOW_CONSUMER";
  return 2 * (socket.backlog?.bytes ?? 0) < came ? "SLOW_PRODUCER" : "QUEUE_FULL";
}
