export { type PlaceOptions, placed } from "./placed.ts";
export { shardedRoom } from "./sharded-room.ts";
