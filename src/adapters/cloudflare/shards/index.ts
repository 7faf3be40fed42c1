export { shardedRoom } from "./sharded-room.ts";
