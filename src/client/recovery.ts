import type { Message } from "../core/contract/socket.ts";
import { AT, type Place, type Resumed, type RpcRequest } from "../core/rpc/wire.ts";

/** What a server says by itself: a notification, or a message that is no JSON-RPC and has none of its members. */
export type Said = Message | RpcRequest;

/**
 * Where in a room's history a client is; it puts what comes in order: what was missed first, then what came meanwhile, each once. A server
 * without a history never says where it is, and then nothing is kept.
 */
export interface Recovery {
  /** Something came. */
  take(said: Said): void;
  /**
   * A connection has opened. Where something may have been missed it is asked for, and what comes is held back until {@link release}.
   * Null or undefined where there is nothing to ask.
   */
  resume(request: (place: Place) => Promise<unknown>): Promise<unknown> | null | undefined;
  /** Tells whether it is all; delivers what was missed, and what came meanwhile. */
  release(resumed: Resumed): void;
  /** The connection has ended: what was held back will be asked for again. */
  lost(): void;
}

/**
 * `deliver` is given what came, in its order; `tell`, before it, whether all that was missed comes. It does not when the connection before
 * broke without a word of where the room was, so that nothing can be asked for.
 */
export function recovery(deliver: (said: Said) => void, tell: (recovered: boolean) => void): Recovery {
  // Where the client is, with the id of the socket that it was there by, null where a connection has ended and told nothing of it; and
  // where the room was when the present socket opened.
  let place: Place | null | undefined;
  let here: Place | undefined;
  let held: Said[] | null | undefined;

  /** What has been seen by its epoch and offset is not delivered again. */
  const pass = (said: Said): void => {
    const { [AT]: at } = said as RpcRequest;
    if (at) {
      const [epoch, offset] = at;
      const last = place ?? here;
      if (epoch === last?.epoch && offset <= last.offset) return;
      place = { epoch, offset, socket: last?.socket ?? "" };
    }
    deliver(said);
  };
  return {
    take(said) {
      const { method, params } = said as RpcRequest;
      if (method === AT) {
        here = params as unknown as Place;
        if (held) return;
        if (place === null) tell(false);
        place = here;
      } else if (held) held.push(said);
      else pass(said);
    },
    resume(request) {
      here = undefined;
      held = place && [];
      return place && request(place);
    },
    release({ recovered, at: [epoch, offset], missed }) {
      tell(recovered);
      const after = held ?? [];
      held = undefined;
      for (const one of missed) pass(one);
      place = recovered ? { epoch, offset, socket: here?.socket ?? "" } : here;
      for (const one of after) pass(one);
    },
    lost() {
      held = undefined;
      place ??= null;
    },
  };
}
