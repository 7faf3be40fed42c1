// What both sides of a socket that speaks JSON-RPC 2.0 have to write alike. The client imports it too.

/** What a client sends to see whether the other end is there, and what answers it: these texts exactly, byte for byte. */
export const PING = '{"jsonrpc":"2.0","method":"rpc.ping"}';
export const PONG = '{"jsonrpc":"2.0","method":"rpc.pong"}';

/** A subprotocol for clients that have to offer one, since a token of theirs travels beside it: browsers want one of them selected. */
export const PROTOCOL = "onesocket";

/** JSON-RPC 2.0 §4.3: such names are for the protocol and what extends it. */
export const RESERVED = "rpc.";

/** A request by which a client that came back asks for what it missed. Its params are a {@link ResumePosition}, its result is {@link Resumed}. */
export const RESUME = "rpc.resume";

/**
 * A notification by which a room with a history says, first of all to each socket, where it is: its params are a {@link ResumePosition}. And the
 * member, beside `params`, by which each of the room's notifications says where it is: its value is `[epoch, offset]`.
 */
export const AT = "rpc.at";

/** A notification by which a room with presence says who else is there: its params are {@link Others}. */
export const OTHERS = "rpc.others";

/** The codes of JSON-RPC 2.0 §5.1. All from -32768 to -32000 are reserved. */
export const RPC_CODES = {
  PARSE_ERROR: -32_700,
  INVALID_REQUEST: -32_600,
  METHOD_NOT_FOUND: -32_601,
  INVALID_PARAMS: -32_602,
  INTERNAL_ERROR: -32_603,
} as const;

/** A number that no code of an application may be: JSON-RPC 2.0 §5.1 reserves it. */
export function isReservedCode(code: number): boolean {
  return code >= -32_768 && code <= -32_000;
}

/** What tells one request from another. A string, a number or null; null is better left to errors. */
export type RpcId = string | number | null;

/** A request, or a notification where it has no `id`. */
export interface RpcRequest {
  readonly jsonrpc: "2.0";
  readonly id?: RpcId | undefined;
  readonly method: string;
  readonly params?: RpcParams | undefined;
  readonly [AT]?: Position | undefined;
}

/** By position or by name (§4.2). */
export type RpcParams = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Why a request failed (§5.1). */
export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  /** For INVALID_PARAMS the issues that the schema found: `{ message, path }[]`. */
  readonly data?: unknown;
}

/** An answer: it has either `result` or `error`. */
export interface RpcResponse {
  readonly jsonrpc: "2.0";
  readonly id: RpcId;
  readonly result?: unknown;
  readonly error?: RpcFailure | undefined;
}

/**
 * Where a notification is in a room's history. The epoch is the history's own name: in another one the offsets mean other things.
 * Offsets grow; between two that a client sees there may be some that are not for it.
 */
export type Position = readonly [epoch: string, offset: number];

/** Where a room is when a socket opens, and who the socket is; what it saw last when it has ended, and it comes back. */
export interface ResumePosition {
  readonly epoch: string;
  /** Of the room's last notification; 0 before the first. */
  readonly offset: number;
  /** The socket's id, by which it is known that it was left out of something. */
  readonly socket: string;
}

/** What a client is told that came back. */
export interface Resumed {
  /** Whether `missed` is all that it missed. If not, it has missed something that nobody knows any more, and `missed` is empty. */
  readonly recovered: boolean;
  /** Where the room is after `missed`. What has come on this socket meanwhile, up to here, is in `missed` and must not be taken twice. */
  readonly at: Position;
  /** The notifications that it missed, in order, each as it would have come. */
  readonly missed: readonly RpcRequest[];
}

/** Who else is in a room, by the ids of their sockets: all, as a client is told first on each connection; and then what changes. */
export interface Others {
  /** What is shown of each; whoever is not in it is not there. */
  readonly all?: Readonly<Record<string, unknown>> | undefined;
  /** Who has come, or is shown differently. */
  readonly shown?: Readonly<Record<string, unknown>> | undefined;
  /** Who has left, or is shown no more. */
  readonly gone?: readonly string[] | undefined;
}

/**
 * A value as params, which are a list or an object (§4.2): an object is by name, a list by position, and everything else is the one item
 * of a list. So is a list of one item, since such a list is read as its item. Undefined is no params. Throws a TypeError for a function
 * or a symbol, of which JSON would make null.
 */
export function toParams(value: unknown): RpcParams | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`JSON has no ${typeof value}`);
  const isParams = Object(value) === value && fromParams(value) === value;
  // One that JSON has its own way with, such as a Date, may become anything.
  return isParams && !("toJSON" in (value as object)) ? (value as RpcParams) : [value];
}

/** The value that {@link toParams} made params of. */
export function fromParams(params: unknown): unknown {
  return Array.isArray(params) && params.length === 1 ? params[0] : params;
}
