import type { EventBody, HookName } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import type { CloseEvent } from "../contract/socket.ts";
import type { Transport } from "../contract/transport.ts";
import type { ConnectionClose } from "../protocol/connection-sink.ts";
import type { RoomMember } from "../rooms/member.ts";
import type { LiveRoom } from "../rooms/room.ts";
import type { SessionEvent } from "./lifecycle.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TwoWay } from "./tally.ts";

/** A session, as its parts see it. */
export interface Owner extends RoomMember {
  readonly room: LiveRoom;
  /** What must be kept for this socket to wake up as it was. */
  readonly snapshot: Snapshot;
  readonly transport: Transport;
  readonly platform: Platform;
  /** Made when the first one runs: a socket on which nothing was said needs none. */
  readonly hooks: Hooks;
  /** The hook that runs, or whose promise is pending. */
  readonly running: HookName | undefined;
  /** What waits for that, if something ever had to. */
  readonly backlog: Waiting | undefined;
  /** Kept for an observer that wants it. */
  readonly traffic: TwoWay | undefined;
  /** Something happened that its lifecycle may know. `close`: with what our side closes, or how the connection ended. */
  move(event: SessionEvent, close?: ConnectionClose): void;
  tell(event: EventBody): void;
  /** Sends a protocol ping, where the runtime lets us. */
  ping(): void;
  /** Reads again, if reading had stopped. */
  readOn(): void;
  release(): void;
  part(): void;
}

/** Its hooks, of which one runs at a time. */
export interface Hooks {
  /** The one that runs, or whose promise is pending. */
  readonly running: HookName | undefined;
  /** Which one that is, as a number that no other has. */
  readonly turn: number;
  /** What waits, if something ever had to. */
  readonly backlog: Waiting | undefined;
  /** Runs `close` when all else has run. Nothing may follow. */
  close(event: () => CloseEvent): void;
  /** Gives up the hook that runs, which may never end, and goes on to what waits. */
  giveUp(): void;
}

/** The messages that wait for the hook that runs. */
export interface Waiting {
  readonly size: number;
  readonly bytes: number;
  /** Reading has stopped. */
  readonly paused: boolean;
  /** Forgets them; returns how many there were. */
  clear(): number;
  /** Reads again, if reading had stopped. */
  resume(): void;
}
