export { FAILURES } from "./core/contract/all-failures.ts";
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
} from "./core/contract/definition.ts";
export type { Failure, FailureCode } from "./core/contract/failures.ts";
export type { Heartbeat, HeartbeatText } from "./core/contract/heartbeat.ts";
export { DEFAULT_LIMITS, type Limits } from "./core/contract/limits.ts";
// What declarations of programs are written in is exported too, where nobody writes it by hand: MethodTypes, NotificationRules, None, Payloads.
export type {
  MethodRule,
  MethodsOf,
  MethodTypes,
  NotificationRules,
  NotificationsOf,
  OtherOf,
  Payloads,
} from "./core/contract/methods.ts";
export type { None } from "./core/contract/notify.ts";
export type {
  BrokerEvent,
  EventHandler,
  EventHandlers,
  EventType,
  HandshakeSeen,
  HookName,
  Observer,
  SocketEvent,
  Traffic,
} from "./core/contract/observer.ts";
export type { Origins } from "./core/contract/origin.ts";
export type { RoomHooks } from "./core/contract/room-hooks.ts";
export type { RoomStorage } from "./core/contract/room-storage.ts";
export type { CloseEvent, Message, Room, Sendable, SendOptions, Socket } from "./core/contract/socket.ts";
export type { Frozen } from "./core/contract/state.ts";
export type { History } from "./core/history/rules.ts";
export { FAILURE_CLOSE, PROTOCOL_FAILURES, type ProtocolFailureCode } from "./core/protocol/protocol-failures.ts";
export {
  type Broker,
  type ConnectBroker,
  type JoinBroker,
  type Subscriber,
  useBroker,
} from "./core/rooms/cluster/broker.ts";
export { joinBroker } from "./core/rooms/cluster/cluster.ts";
export type { Log, Logged, Span } from "./core/rooms/cluster/log.ts";
export { type RoomHandle, rooms } from "./core/rooms/registry.ts";
export { RpcError } from "./core/rpc/rpc-error.ts";
export { type Schema, type SchemaIssue, type SchemaResult, type } from "./core/rpc/schema.ts";
export type { RpcFailure, RpcId, RpcRequest, RpcResponse } from "./core/rpc/wire.ts";
export type { Entries, RoomName, StorageDriver } from "./core/storage/driver.ts";
export { reflect } from "./core/upgrade/reflect.ts";
