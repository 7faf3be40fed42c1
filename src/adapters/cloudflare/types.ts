/** The parts of workerd's types that the adapter uses; a type test holds them against the official ones. */

import type { Sql } from "../../core/history/sql-history.ts";
import type { AlarmStorage } from "../../core/storage/object-alarm.ts";
import type { ShardCall } from "./shards/wire.ts";

/** The server's end of a WebSocket in workerd. */
export interface WorkerSocket {
  readonly readyState: number;
  accept(): void;
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  close(code?: number, reason?: string): void;
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: WorkerCloseEvent) => void): void;
  addEventListener(type: "error", listener: (event: { readonly error?: unknown }) => void): void;
}

/** How a socket closed, as workerd tells. */
export interface WorkerCloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** A text that workerd answers with another, without waking the object. */
export interface AutoResponse {
  readonly request: string;
  readonly response: string;
}

/** A Durable Object's state, as far as sockets need it. */
export interface ObjectState {
  readonly id: {
    readonly name?: string | undefined;
    readonly jurisdiction?: string | undefined;
    toString(): string;
  };
  waitUntil(promise: Promise<unknown>): void;
  acceptWebSocket(socket: WorkerSocket, tags?: readonly string[]): void;
  getWebSockets(tag?: string): WorkerSocket[];
  setWebSocketAutoResponse(pair: AutoResponse): void;
  getWebSocketAutoResponseTimestamp(socket: WorkerSocket): Date | null;
  readonly storage: AlarmStorage & {
    /** Throws for a class that is not of `new_sqlite_classes`. */
    readonly sql: Sql;
  };
}

/** A binding to a class of Durable Objects. */
export interface ObjectNamespace {
  idFromName(name: string): object;
  /** Throws for the id of an object of another class. */
  idFromString(id: string): object;
  get(id: object, options?: { readonly locationHint?: string }): ObjectStub;
  /** The same binding, for objects that stay within a jurisdiction. */
  jurisdiction(name: string): ObjectNamespace;
}

/** What `rooms(definition, env)` asks of an object's room. */
export type RoomVerb = "send" | "say" | "close" | "count";

/** One Durable Object, from outside. */
export interface ObjectStub {
  fetch(request: Request, init: { readonly cf: Record<string, unknown> }): Promise<Response>;
  /** Only on objects of `durableRoom`. */
  onesocketCommand(verb: RoomVerb, args: readonly unknown[], definition: string): Promise<unknown>;
  /** Only on objects of `shardedRoom`. */
  onesocketShard(call: ShardCall): Promise<unknown>;
}
