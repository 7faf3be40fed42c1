/** What the objects of one room tell one another, by RPC. */

import type { Absentee, Audience, Missed } from "../../../core/history/history.ts";
import type { Posting } from "../../../core/rooms/cluster/batch.ts";
import type { Position, ResumePosition } from "../../../core/rpc/wire.ts";

/** The version of what is written here. Two deployments may be live at once, with objects of the same room. */
export const VERSION = 1;

/** Who says something: an object in one of its lives, and how much it had said in this life, with this. */
export type Origin = readonly [shard: number, life: string, number: number];

/** Which socket asks what it has missed, and since when. */
export interface MissedQuery {
  readonly by: Absentee;
  readonly since: ResumePosition;
}

/** What a shard has for the first object, in its order. */
export type Item =
  /** For all members. */
  | { readonly post: Posting; readonly by: Origin }
  /** A notification for the room's history, and from there for all members. `nth`: of those of this life. */
  | { readonly say: Audience & { readonly text: string }; readonly by: Origin; readonly nth: number }
  /** Asks what one has missed, or only where the history is. */
  | { readonly ask: number; readonly missed?: MissedQuery }
  /** Only that it has members, or none: see {@link TellCall.members}. */
  | { readonly touch: true };

/** What the first object has for a shard, in the order that all shards have. */
export type Delivery =
  /** `at`: its place in the history. */
  | { readonly post: Posting; readonly by: Origin; readonly at?: Position | undefined }
  /** Answers {@link Item.ask}: all up to there was delivered before it, all else comes after. */
  | { readonly answer: number; readonly missed: Missed };

/** A shard calls the first object. */
interface TellCall {
  readonly verb: "tell";
  readonly shard: number;
  /** Whether it has members. */
  readonly members: boolean;
  readonly items: readonly Item[];
}

/** The first object calls a shard. */
interface BringCall {
  readonly verb: "bring";
  /** How many messages could not be brought before these. */
  readonly missed: number;
  readonly deliveries: readonly Delivery[];
}

/** A call of one object of a room by another, or by a Worker. */
export type ShardCall = { readonly version: number } & (
  | TellCall
  | BringCall
  /** How many sockets are open in this object; in all. */
  | { readonly verb: "size" | "count" }
  /** Resolves when the shard's members hear the others. */
  | { readonly verb: "joined" }
);
