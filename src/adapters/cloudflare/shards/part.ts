import type { SocketDefinition } from "../../../core/contract/definition.ts";
import type { Observer } from "../../../core/contract/observer.ts";
import type { Platform } from "../../../core/contract/platform.ts";
import type { LiveRoom, RoomRelay } from "../../../core/rooms/room.ts";
import type { ObjectState, WorkerSocket } from "../types.ts";
import type { ShardCall } from "./wire.ts";

/** An object, as its part of a room sees it. */
export interface PartHost {
  readonly env: unknown;
  readonly platform: Platform;
  readonly observe: Observer;
  readonly definition: SocketDefinition;
  readonly state: ObjectState;
  /** The members of this object. */
  readonly room: LiveRoom;
  /** Their sockets that are open, those too that are not in memory. */
  openSockets(): WorkerSocket[];
}

/** An object's part of a room that several objects have together. */
export interface Part {
  /** The room's id. */
  readonly room: string;
  readonly relay: RoomRelay;
  /** Headers of what it answers the Worker with, whose socket it has just opened. */
  readonly answer: Readonly<Record<string, string>>;
  /** Does what another of the objects, or a Worker, calls for. */
  call(call: ShardCall): Promise<unknown>;
  /** Resolves when all members have what was just sent here; rejects when some could not be reached. */
  sent(): Promise<void>;
}

/** Makes the part of an object. */
export type MakePart = (host: PartHost) => Part;
