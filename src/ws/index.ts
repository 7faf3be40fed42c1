export {
  type ConnectionContext,
  type ConnectionOptions,
  fromConnection,
  type WakingOptions,
} from "./connection.ts";
export type { Emitter } from "./emitter.ts";
export type { IncomingRequest, IncomingSocket } from "./incoming-message.ts";
export type { Listener } from "./listeners.ts";
export type { Outgoing, SendingOptions } from "./outgoing.ts";
export { type ServerFace, type ServerOptions, type WebSocketServer, webSocketServer } from "./server.ts";
export type { SocketView } from "./socket-view.ts";
