import type { SocketDefinition } from "../contract/definition.ts";
import type { Platform } from "../contract/platform.ts";
import type { RoomHost } from "../contract/room-host.ts";
import type { Message, Socket } from "../contract/socket.ts";
import type { NativePubSub, Shared } from "../contract/transport.ts";
import type { Multicast } from "./multicast.ts";

/** Who serves a member. */
export interface MemberHost extends RoomHost {
  /** Makes a broadcast of the runtime's own to all members, or undefined where it does not reach all; absent where the runtime has none. */
  readonly multicast?: typeof Multicast.of;
}

/** A socket as its room drives it. */
export interface RoomMember extends Socket {
  readonly definition: SocketDefinition;
  readonly platform: Platform;
  /** Who serves it. */
  readonly host: MemberHost;
  /** How a broadcast of the runtime's own reaches it; undefined where none does. */
  readonly pubSub: NativePubSub | undefined;
  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message, shared?: Shared): boolean;
  /** Fails when it is too slow for what it was sent by such a broadcast. */
  checkBuffer(): void;
}
