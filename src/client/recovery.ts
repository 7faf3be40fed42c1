import type { Message } from "../core/contract/socket.ts";
import { AT, type Resumed, type ResumePosition, type RpcRequest } from "../core/rpc/wire.ts";

/** What a server sends by itself: a notification, or a message that is no JSON-RPC and has none of its members. */
export type ServerMessage = Message | RpcRequest;

/**
 * Where in a room's history a client is; it puts what comes in order: what was missed first, then what came meanwhile, each once. A server
 * without a history never says where it is, and then nothing is kept.
 */
export interface Recovery {
  /** A message of the server's came. */
  received(said: ServerMessage): void;
  /**
   * A connection has opened. Where something may have been missed it is asked for, and what comes is held back until the answer is there:
   * then it is told whether that is all, and what was missed is delivered, and what came meanwhile. Null or undefined where there is nothing
   * to ask.
   */
  opened(): unknown;
  /** The connection has ended: what was held back will be asked for again. */
  lost(): void;
}

/**
 * `deliver` is given what came, in its order; `tell`, before it, whether all that was missed comes. It does not when the connection before
 * broke without a word of where the room was, so that nothing can be asked for. `request` resolves with a {@link Resumed}. `past`: how much of
 * what was said before the client first came counts as missed.
 */
export function recovery(
  deliver: (said: ServerMessage) => void,
  tell: (recovered: boolean) => void,
  request: (place: ResumePosition) => Promise<unknown>,
  past = 0,
): Recovery {
  // Where the client is, by the socket that it was there by: undefined at first, null where a connection has ended and told nothing of it.
  let place: ResumePosition | null | undefined;
  /** Where the room was when the present socket opened. */
  let here = {} as ResumePosition;
  let held: ServerMessage[] | null | undefined;

  /** What has been seen by its epoch and offset is not delivered again. */
  const pass = (said: ServerMessage): void => {
    const { [AT]: at } = said as RpcRequest;
    if (at) {
      const [epoch, offset] = at;
      const last = place ?? here;
      if (epoch === last.epoch && offset <= last.offset) return;
      place = { ...last, epoch, offset };
    }
    deliver(said);
  };
  const release = ({ recovered = false, at, missed = [] }: Partial<Resumed>): void => {
    tell(recovered);
    const after = held ?? [];
    held = undefined;
    missed.forEach(pass);
    place = recovered && at ? { ...here, epoch: at[0], offset: at[1] } : here;
    after.forEach(pass);
  };
  const ask = (from: ResumePosition): void => {
    const mine: ServerMessage[] = [];
    held = mine;
    // A server that can't tell has lost it. Of a connection that has ended: the next one asks again.
    (request(from) as Promise<Resumed>).then(release).catch(() => mine === held && release({}));
  };
  return {
    received(said) {
      const { method, params } = said as RpcRequest;
      if (method === AT) {
        here = params as unknown as ResumePosition;
        if (held) return;
        if (place === null && !past) tell(false);
        place = { ...here, offset: Math.max(0, here.offset - past) };
        if (past) ask(place);
        past = 0;
      } else if (held) held.push(said);
      else pass(said);
    },
    opened() {
      here = {} as ResumePosition;
      if (place) ask(place);
      return place;
    },
    lost() {
      held = undefined;
      place ??= null;
    },
  };
}
