import { meant } from "./option-names.ts";

/** What one client may cost. Every limit is enforced on every runtime unless the capability table says otherwise. */
export interface Limits {
  /** Bytes in one message (text counts as UTF-8). A larger one closes the socket with 1009. Default 1 MiB. */
  readonly messageBytes: number;
  /**
   * Bytes held for one socket, unsent or waiting for a handler, with what each message costs beside its own where that is much.
   * Past it the socket is closed, with 1013 or 1008. Default 16 MiB.
   */
  readonly bufferedBytes: number;
  /**
   * Bytes held for all sockets of the process together. Past it those are closed for which most is held, the slowest first. A number
   * below 1 is a part of the memory that the process may use. Default a quarter of it; on Workers, which do not tell, no limit.
   */
  readonly bufferedTotal: number;
  /**
   * Connections for whose compression the process keeps a context between messages, where we compress (Node): about 45 KiB each. One
   * more is not compressed, unless its client offers to do without. Default 2048.
   */
  readonly compressionContexts: number;
  /** Messages waiting for a slow handler. Reading pauses at half of it where the runtime can; past it: 1008. Default 4096. */
  readonly queuedMessages: number;
  /**
   * Messages that a client may send in a second, and as many at once; one more closes the socket with 1008. They are counted when they
   * are read; those that `heartbeat.text` answers too, but for a Durable Object, which does not see them. Default: any number.
   */
  readonly messagesPerSecond: number;
  /**
   * Bytes that a message which has begun must bring in a second, where we frame ourselves (Node), over 20 seconds in which we read: a
   * slower one closes the socket with 1008. Between its frames it may rest while less than 64 KiB of it have come. Default 256.
   */
  readonly receiveRate: number;
  /** Frames that one message may come in, where we frame ourselves (Node); more is 1009. Default 131 072. */
  readonly fragments: number;
  /** Pings that are answered in one second; of more, only the latest is, when the second is over (RFC 6455 §5.5.3). Default 100. */
  readonly pongsPerSecond: number;
  /** Bytes of a socket's state as JSON. Default 8 KiB, which is also the maximum: a hibernating object keeps no more. */
  readonly stateBytes: number;
  /** Bytes of the request's URL; a longer one is refused with 414. Default and maximum 2 KiB. */
  readonly urlBytes: number;
  /** Bytes of all of a socket's topics together, as JSON. Default and maximum 4 KiB. */
  readonly topicsBytes: number;
  /** Bytes of all the handshake's header lines; more is refused with 431. Default 16 KiB. */
  readonly headerBytes: number;
  /** Milliseconds in which `serve` of Node must have a request's headers; later ones are answered 408. Default 10 000. */
  readonly handshakeMs: number;
  /** Milliseconds that `upgrade` may take before the answer is 503. Default 10 000. */
  readonly upgradeMs: number;
  /** Milliseconds in which a refused client must have taken the whole answer, where we write it (Node); then it is cut off. Default 10 000. */
  readonly refusalMs: number;
  /**
   * Milliseconds that a closing handshake may take, and each handler once its socket is gone: one that takes longer is given up,
   * and what waits behind it is dropped. Default 5000.
   */
  readonly closeMs: number;
  /** Milliseconds without a message after which a socket is closed with 1001, up to a quarter later. Default: never. */
  readonly idleMs: number;
  /**
   * Sockets of this definition in one process, isolate or object, those of handshakes that are accepted and not yet carried out
   * among them; one more is refused with 503. Default: any number.
   */
  readonly connections: number;
  /** The same for one remote address, of IPv6 for one network. Default: any number. */
  readonly connectionsPerAddress: number;
  /**
   * Bits of an IPv6 address that `connectionsPerAddress` goes by, since who has one address there has a network of them. Default
   * 64; 128, the maximum, counts each address by itself. An IPv4 address is always counted by itself, mapped into IPv6 too.
   */
  readonly ipv6Prefix: number;
  /** Streams of one HTTP/2 connection (Node); one more is refused. Default 128. */
  readonly streamsPerConnection: number;
}

/** Limits that a host looks at before it knows a definition. */
export type HostLimits = Pick<Limits, "handshakeMs" | "upgradeMs" | "refusalMs" | "streamsPerConnection">;

/** Those of a host's own, which stand for an app's definitions as long as none of them has decided. */
export const HOST_LIMITS: HostLimits = {
  handshakeMs: 10_000,
  upgradeMs: 10_000,
  refusalMs: 10_000,
  streamsPerConnection: 128,
};

/** The limits of a definition that sets none. In plain numbers: what is computed no bundler leaves out, though only a definition needs it. */
export const DEFAULT_LIMITS: Limits = /* @__PURE__ */ Object.assign(
  {
    messageBytes: 1_048_576,
    bufferedBytes: 16_777_216,
    bufferedTotal: 0.25,
    compressionContexts: 2048,
    queuedMessages: 4096,
    messagesPerSecond: Infinity,
    receiveRate: 256,
    fragments: 131_072,
    pongsPerSecond: 100,
    stateBytes: 8192,
    urlBytes: 2048,
    topicsBytes: 4096,
    headerBytes: 16_384,
    closeMs: 5000,
    idleMs: Infinity,
    connections: Infinity,
    connectionsPerAddress: Infinity,
    ipv6Prefix: 64,
  },
  HOST_LIMITS,
);

/** A Durable Object's attachment can hold no more than the first three, so that what works on one runtime works on all. */
const CEILINGS: Partial<Limits> = {
  stateBytes: 8192,
  urlBytes: 2048,
  topicsBytes: 4096,
  bufferedTotal: 9_007_199_254_740_991,
  ipv6Prefix: 128,
};

/** Fills in the defaults. Throws a RangeError for a limit that is not a positive whole number or over its maximum. */
export function withDefaults(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given) as [keyof Limits, number | undefined][]) {
    if (!(name in DEFAULT_LIMITS))
      throw new RangeError(`limits.${name} is not a limit${meant(name, Object.keys(DEFAULT_LIMITS))}`);
    if (value !== undefined) check(name, value);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(set) };
}

function check(name: keyof Limits, value: number): void {
  const most = CEILINGS[name] ?? 2 ** 31 - 1;
  if (value === Infinity && (DEFAULT_LIMITS[name] === Infinity || name === "bufferedTotal")) return;
  if (name === "bufferedTotal" && value > 0 && value < 1) return;
  if (Number.isInteger(value) && value > 0 && value <= most) return;
  throw new RangeError(`limits.${name} must be a whole number from 1 to ${most}, not ${value}`);
}
