import type { SocketDefinition } from "../contract/definition.ts";
import type { Platform } from "../contract/platform.ts";
import type { RoomHost } from "../contract/room-host.ts";
import type { Message, Socket } from "../contract/socket.ts";
import type { NativePubSub, Shared } from "../contract/transport.ts";

/** A socket as its room drives it. */
export interface RoomMember extends Socket {
  readonly definition: SocketDefinition;
  readonly platform: Platform;
  /** Who serves it. */
  readonly host: RoomHost;
  /** How a broadcast of the runtime's own reaches it; undefined where none does. */
  readonly pubSub: NativePubSub | undefined;
  /** `send` for data that has been checked, once for a whole room. */
  deliver(data: Message, shared?: Shared): boolean;
  /** Fails when it is too slow for what it was sent by such a broadcast. */
  checkBuffer(): void;
}
