import { utf8Length } from "../protocol/utf8.ts";

/** A text by which clients show life, and what answers it. Neither is a message: no handler sees it. */
export interface HeartbeatText {
  /** What clients send: exactly this. */
  readonly ping: string;
  /** What they get back. */
  readonly pong: string;
}

/**
 * How dead peers are found: by protocol pings on Node, Bun and Deno, every `everyMs`. Where the runtime sends none, on Cloudflare,
 * it is the clients' own `text.ping` that shows life.
 */
export interface Heartbeat {
  /** Milliseconds between two protocol pings to a peer, and before the first, at most. Default 30 000. */
  readonly everyMs?: number | undefined;
  /** Milliseconds in which it has to answer, or to send anything else; at most `everyMs`. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * A text that is answered and not delivered, such as `{ ping: "ping", pong: "pong" }`: for clients that can't send protocol
   * pings, as browsers can't. A Durable Object answers it without being woken. 1 to 2048 bytes of UTF-8 each. Default: none, and
   * every text is a message; of a definition with methods, notifications, a history or presence the pair
   * `{"jsonrpc":"2.0","method":"rpc.ping"}` and `{"jsonrpc":"2.0","method":"rpc.pong"}`.
   */
  readonly text?: HeartbeatText | undefined;
  /**
   * All clients send `text.ping`, or any other message, at least every `everyMs`. A Durable Object, which can't ping, then counts
   * the silence of those too that have never sent one, ghosts among them. Default false: who never sends `text.ping` is never dropped.
   */
  readonly expectPing?: boolean | undefined;
  /**
   * Milliseconds between alarms that wake a Durable Object only to drop the silent; more than 10 000, in which it hibernates.
   * Default: none, it drops them when something else wakes it and needs its room.
   */
  readonly sweepMs?: number | undefined;
}

/** What a heartbeat may say. */
export const HEARTBEAT_OPTIONS: Record<keyof HeartbeatRules, true> = {
  everyMs: true,
  timeoutMs: true,
  text: true,
  expectPing: true,
  sweepMs: true,
  // Of a definition that is taken for the options of another.
  asked: true,
};

/** A heartbeat with its defaults filled in; `sweepMs` is Infinity for never. */
export interface HeartbeatRules {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly text: HeartbeatText | undefined;
  readonly expectPing: boolean;
  readonly sweepMs: number;
  /** A definition asked for it. Otherwise it is the default, which is left to a runtime that pings by itself. */
  readonly asked: boolean;
}

/**
 * The rules of a heartbeat; false when it is off. Throws a RangeError for times that make no sense and for a text that is
 * empty or too long, a TypeError for a text that is none.
 */
export function heartbeatRules(option: boolean | Heartbeat | undefined): HeartbeatRules | false {
  if (option === false) return false;
  const given: Heartbeat & { readonly asked?: boolean } = typeof option === "object" ? option : {};
  const { asked = option !== undefined } = given;
  const {
    everyMs = 30_000,
    timeoutMs = Math.min(10_000, everyMs),
    text,
    expectPing = false,
    sweepMs = Infinity,
  } = given;
  if (!(timeoutMs > 0 && timeoutMs <= everyMs && everyMs < 2 ** 31)) {
    throw new RangeError(`heartbeat: 0 < timeoutMs (${timeoutMs}) <= everyMs (${everyMs}) does not hold`);
  }
  if (!(sweepMs > 10_000)) {
    throw new RangeError(
      `heartbeat: sweepMs (${sweepMs}) must be more than 10 000, or the object would never hibernate`,
    );
  }
  if (text) for (const side of ["ping", "pong"] as const) checkText(side, text[side]);
  const kept = text && { ping: text.ping, pong: text.pong };
  return { everyMs, timeoutMs, text: kept, expectPing, sweepMs, asked };
}

/** workerd, 2026-11: the auto-response of an object takes 2,048 bytes each way. */
const TEXT_BYTES = 2048;

function checkText(side: string, text: unknown): void {
  if (typeof text !== "string") throw new TypeError(`heartbeat: text.${side} is a string, not ${typeof text}`);
  const length = utf8Length(text);
  if (length === 0 || length > TEXT_BYTES) {
    throw new RangeError(`heartbeat: text.${side} is 1 to ${TEXT_BYTES} bytes of UTF-8, not ${length}`);
  }
}

/**
 * Milliseconds after which silence is too long for clients that ping by themselves. One ping may be missing: browsers slow
 * the timers of a hidden page down to once a minute.
 */
export function silenceMs({ everyMs, timeoutMs }: Pick<HeartbeatRules, "everyMs" | "timeoutMs">): number {
  return 2 * everyMs + timeoutMs;
}
