import type { Buffer } from "node:buffer";

/** A client of the package `redis` (node-redis, version 5 or later), as far as it is used here. */
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

/** Where a connection goes: a URL, or wherever a client's goes. */
export interface RedisAddress {
  readonly url?: string | undefined;
  readonly client?: RedisClient | undefined;
}

/** A new client, not connected. Rejects when it takes the optional peer `redis`, and that is not installed. */
export async function newClient({ url = "", client }: RedisAddress, connectTimeout: number): Promise<RedisClient> {
  const ours = { reconnectStrategy: false as const, connectTimeout };
  if (client) {
    return client.duplicate({ ...OURS, clientSideCache: undefined, socket: { ...client.options?.socket, ...ours } });
  }
  const { createClient } = await peer();
  return createClient({ ...OURS, url, socket: ours });
}

async function peer(): Promise<typeof import("redis")> {
  try {
    return await import("redis");
  } catch (cause) {
    throw new Error("onesocket/redis needs the package redis: npm install redis", { cause });
  }
}
