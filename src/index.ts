export { type Broker, type ConnectBroker, type JoinBroker, type Subscriber, useBroker } from "./core/broker.ts";
export { joinBroker } from "./core/cluster.ts";
export type { CompressionOptions } from "./core/compression.ts";
export {
  type Decision,
  defineSocket,
  type Handlers,
  type Refusal,
  refuse,
  type SocketDefinition,
  type SocketOptions,
  type UpgradeContext,
  type UpgradeResult,
} from "./core/definition.ts";
export { FAILURES, type Failure, type FailureCode } from "./core/failures.ts";
export { DEFAULT_LIMITS, type Limits } from "./core/limits.ts";
export type { BrokerEvent, Observer, SocketEvent } from "./core/observer.ts";
export type { Origins } from "./core/origin.ts";
export { FAILURE_CLOSE, PROTOCOL_FAILURES, type ProtocolFailureCode } from "./core/protocol-failures.ts";
export { reflect } from "./core/reflect.ts";
export { type RoomHandle, rooms } from "./core/rooms.ts";
export type { CloseEvent, Message, Room, Sendable, SendOptions, Socket } from "./core/socket.ts";
