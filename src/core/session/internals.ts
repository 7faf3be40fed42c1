import type { EventBody, HookName } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";
import type { CloseEvent } from "../contract/socket.ts";
import type { Transport } from "../contract/transport.ts";
import type { ConnectionClose } from "../protocol/connection-sink.ts";
import type { RoomMember } from "../rooms/member.ts";
import type { LiveRoom } from "../rooms/room.ts";
import type { SessionEvent } from "./lifecycle.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SocketTraffic } from "./traffic.ts";

/** A session, as its parts see it: beside what users do, what only they may use. */
export interface SessionInternals extends RoomMember {
  readonly room: LiveRoom;
  /** What must be kept for this socket to wake up as it was. */
  readonly snapshot: Snapshot;
  readonly transport: Transport;
  readonly platform: Platform;
  /** Made when the first hook runs: a socket that has been silent needs none. */
  readonly hooks: Hooks;
  /** The hook that runs, or whose promise is pending. */
  readonly running: HookName | undefined;
  /** The messages that wait for that hook, if one ever had to. */
  readonly backlog: WaitingMessages | undefined;
  /** Counted for an observer that wants it. */
  readonly traffic: SocketTraffic | undefined;
  /** Tells its lifecycle of an event, which may move it to another state. `close`: what our side closes with, or how the connection ended. */
  move(event: SessionEvent, close?: ConnectionClose): void;
  tell(event: EventBody): void;
  /** Sends a protocol ping, where the runtime lets us. */
  ping(): void;
  /** Reads again, if reading had stopped. */
  readOn(): void;
  /** Gives back what only an open connection needs. */
  release(): void;
  /** Leaves its room and its host for good. */
  detach(): void;
}

/** A session's hooks, of which one runs at a time. */
export interface Hooks {
  /** The hook that runs, or whose promise is pending. */
  readonly running: HookName | undefined;
  /** The number of that hook: each that runs has another. */
  readonly turn: number;
  /** The messages that wait for it, if one ever had to. */
  readonly backlog: WaitingMessages | undefined;
  /** Runs the `close` hook when all else has run. Nothing may follow. `event`: makes what it is called with. */
  close(event: () => CloseEvent): void;
  /** Gives up the hook that runs, which may never end, and goes on to what waits. */
  giveUp(): void;
}

/** The messages that wait for the hook that runs. */
export interface WaitingMessages {
  readonly size: number;
  readonly bytes: number;
  /** Reading has stopped. */
  readonly paused: boolean;
  /** Forgets them; returns how many there were. */
  clear(): number;
  /** Reads again, if reading had stopped. */
  resume(): void;
}
