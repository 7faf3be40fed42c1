import { afterOpen } from "./room-hooks.ts";
import type { Housed } from "./room-life.ts";
import { RoomLives } from "./room-lives.ts";
import { type RpcHooks, type RpcOptions, rpcHooks } from "./rpc-hooks.ts";
import type { Socket } from "./socket.ts";

/** The options of a definition that make its hooks. */
interface LivingOptions extends Housed, RpcOptions {
  close?(socket: Socket, event: never): unknown;
}

/** What a definition has for its rooms' lives, beside the hooks for JSON-RPC. */
interface Life extends RpcHooks {
  readonly lives: RoomLives;
  readonly close?: unknown;
}

/** Makes `room`, and what JSON-RPC has, into hooks and what they need. Throws a TypeError for those that make no sense. */
export function living(options: LivingOptions): Life {
  const lives = new RoomLives(options);
  if (!options.room?.open) return { ...rpcHooks(options), lives };
  // The position in the history is sent first of all, so that no notification comes between it and what the room's `open` sends.
  const speech = rpcHooks({ ...options, open: afterOpen(options.open, "open") as never });
  return {
    open: afterOpen(options.open, "open") as never,
    ...speech,
    message: afterOpen(speech.message ?? options.message, "message") as never,
    close: afterOpen(options.close, "close"),
    lives,
  };
}
