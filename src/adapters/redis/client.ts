import type { Buffer } from "node:buffer";
import { within } from "../shared/brokers/time.ts";

/** A client of the package `redis` (node-redis, version 5 or later) as its `createClient` makes it, as far as it is used here. */
export interface RedisClient {
  readonly options?: { readonly socket?: object | undefined } | undefined;
  duplicate(overrides: object): RedisClient;
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: "error", listener: (error: unknown) => void): unknown;
  subscribe(channels: string | string[], listener: RedisListener, buffers: true): Promise<void>;
  unsubscribe(channel: string, listener: RedisListener, buffers: true): Promise<void>;
  publish(channel: string, message: string | Buffer): Promise<number>;
  ping(): Promise<unknown>;
  hello(): Promise<unknown>;
  sendCommand(command: readonly (string | Buffer)[]): Promise<unknown>;
  /** Not used: it tells a client of one connection from a cluster, a Sentinel, a pool, and from other libraries' clients. */
  createPool(): unknown;
}

/** Whether a value is such a client. */
export function isRedisClient(value: unknown): value is RedisClient {
  const methods = ["duplicate", "connect", "destroy", "on", "subscribe", "publish", "hello", "createPool"] as const;
  return methods.every((name) => typeof (Object(value) as Partial<RedisClient>)[name] === "function");
}

/** Takes what comes on a channel. */
export type RedisListener = (message: Buffer, channel: Buffer) => void;

/**
 * RESP3 has subscriptions and commands on one connection, so that a room is subscribed before what is published after it.
 * When to connect again, what to keep until then and what a connection is that hangs: all that is decided here, once.
 */
const OURS = {
  RESP: 3 as const,
  disableOfflineQueue: true,
  // Otherwise each command has a timer of its own.
  commandOptions: { timeout: 0 },
  maintNotifications: "disabled" as const,
  pingInterval: 0,
};

/** A URL, or what finds it out. */
export type RedisUrl = string | (() => string | Promise<string>);

/** Where a connection goes: a URL, or wherever a client's goes. */
export interface RedisAddress {
  readonly url?: RedisUrl | undefined;
  readonly client?: RedisClient | undefined;
}

/** Throws a TypeError for what is no URL of Redis. */
export function checkUrl(url: unknown): string {
  if (typeof url === "string" && /^(rediss?|unix):/.test(url)) return url;
  throw new TypeError("a url of Redis begins with redis: or rediss:");
}

/** A new client, not connected. Rejects when it takes the optional peer `redis`, and that is not installed. */
export async function newClient({ url = "", client }: RedisAddress, timeoutMs: number): Promise<RedisClient> {
  const ours = { reconnectStrategy: false as const, connectTimeout: timeoutMs };
  if (client) {
    return client.duplicate({ ...OURS, clientSideCache: undefined, socket: { ...client.options?.socket, ...ours } });
  }
  const { createClient } = await peer();
  return createClient({ ...OURS, url: await found(url, timeoutMs), socket: ours });
}

async function found(url: RedisUrl, timeoutMs: number): Promise<string> {
  if (typeof url === "string") return url;
  const asked = (async () => url())();
  return checkUrl(await within(timeoutMs, asked, "the url function"));
}

async function peer(): Promise<typeof import("redis")> {
  try {
    return await import("redis");
  } catch (cause) {
    throw new Error("onesocket/redis needs the package redis: npm install redis", { cause });
  }
}
