import type { RedisClient } from "./client.ts";

/** What a server says of itself; undefined where it does not say. */
export interface ServerKind {
  readonly mode: unknown;
  readonly role: unknown;
}

/** Rooms can't span processes through this server, and won't until somebody changes something: the message says what. */
export class UnfitServer extends Error {}

/**
 * Asks a server what it is, which it answers on a subscribed connection, too. Rejects with an `UnfitServer` where what is
 * published does not reach all processes: https://redis.io/docs/latest/commands/hello/
 */
export async function kindOf(client: RedisClient): Promise<ServerKind> {
  const { mode, role } = Object(await hello(client)) as Partial<ServerKind>;
  if (mode === "sentinel") {
    throw new UnfitServer(
      "this is a Sentinel, which carries no messages: give redis() the address of the primary that it watches, " +
        "by a url function that asks it (SENTINEL GET-MASTER-ADDR-BY-NAME)",
    );
  }
  // A cluster's replica passes a message on to all nodes.
  if (mode !== "cluster" && /^(replica|slave)$/.test(String(role))) {
    throw new UnfitServer(
      "this Redis is a replica, and what is published to it reaches no process at its primary: give redis() the " +
        "primary's address, or where that changes a url function that finds it out",
    );
  }
  return { mode, role };
}

/** HELLO without arguments, or a PING where that is unknown or forbidden: Redis 6.0 may let a user ping alone. */
async function hello(client: RedisClient): Promise<unknown> {
  try {
    return await client.hello();
  } catch (error) {
    if (!/^(ERR unknown command|NOPERM)/i.test(messageOf(error))) throw error;
    await client.ping();
    return undefined;
  }
}

/** The same error, or one with more words: a Redis without HELLO can't speak RESP3. */
export function explained(error: unknown): unknown {
  if (!/unknown command\W+HELLO/i.test(messageOf(error))) return error;
  const words = "this Redis knows no HELLO: rooms need Redis 6 or later, and a proxy before it that speaks RESP3";
  return new UnfitServer(words, { cause: error });
}

function messageOf(error: unknown): string {
  return String((error as { readonly message?: unknown } | undefined)?.message);
}
