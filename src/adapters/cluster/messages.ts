import type { Drained, DrainOptions } from "../../core/contract/drained.ts";

/** What a worker tells its primary. */
export type FromWorker =
  | { readonly onesocket: "subscribe" | "unsubscribe"; readonly channel: string }
  | { readonly onesocket: "publish"; readonly channel: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Asks how many sockets all subscribers of a channel have. */
  | { readonly onesocket: "count"; readonly id: number; readonly channel: string }
  /** How many of them the worker has. */
  | { readonly onesocket: "size"; readonly id: number; readonly size: number }
  /** It serves; `url` where its server tells one. */
  | { readonly onesocket: "serves"; readonly url: string | undefined }
  /** It can't. */
  | { readonly onesocket: "failed"; readonly error: string }
  /** It has so many sockets: told once in a second, and before they are drained. */
  | { readonly onesocket: "sockets"; readonly sockets: number }
  | { readonly onesocket: "drained"; readonly drained: Drained }
  /** It has begun to close. */
  | { readonly onesocket: "closing" };

/** What a primary tells a worker. */
export type FromPrimary =
  | { readonly onesocket: "batch"; readonly channel: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly onesocket: "ask"; readonly id: number; readonly channel: string }
  /** The sum that the worker asked for; undefined when not all have answered. */
  | { readonly onesocket: "sum"; readonly id: number; readonly sum: number | undefined }
  | { readonly onesocket: "drain"; readonly options: DrainOptions | undefined }
  | { readonly onesocket: "close" };

/** What a member of a message has to be. */
const MEMBERS = {
  channel: isString,
  id: isNumber,
  size: isNumber,
  sockets: isNumber,
  bytes: (value: unknown) => value instanceof Uint8Array,
  drained: (value: unknown) => typeof value === "object" && value !== null,
};

/** The members without which a message would be misread. */
const NEEDED: Readonly<Record<(FromWorker | FromPrimary)["onesocket"], readonly (keyof typeof MEMBERS)[]>> = {
  subscribe: ["channel"],
  unsubscribe: ["channel"],
  publish: ["channel", "bytes"],
  count: ["id", "channel"],
  size: ["id", "size"],
  serves: [],
  failed: [],
  sockets: ["sockets"],
  drained: ["drained"],
  closing: [],
  batch: ["channel", "bytes"],
  ask: ["id", "channel"],
  sum: ["id"],
  drain: [],
  close: [],
};

/** The value as a message of the library's own; undefined for one of the program or of others, and for one that only looks like it. */
export function ownMessage<Message extends FromWorker | FromPrimary>(message: unknown): Message | undefined {
  const { onesocket: kind } = Object(message) as { onesocket?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(NEEDED, kind)) return undefined;
  const given = message as Record<string, unknown>;
  const isWhole = NEEDED[kind as keyof typeof NEEDED].every((name) => MEMBERS[name](given[name]));
  return isWhole ? (message as Message) : undefined;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}
