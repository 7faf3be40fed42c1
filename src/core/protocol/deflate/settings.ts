/**
 * How messages are compressed with permessage-deflate (RFC 7692), for clients that offer it. All of it counts on Node; on
 * Bun whether, `threshold` and the two about takeover; Deno does not compress, and workerd does what its compatibility flags say.
 */
export interface CompressionOptions {
  /** Bytes; shorter messages go uncompressed, since compressing them costs more than it saves. Default 1024. */
  readonly threshold?: number | undefined;
  /** How hard to compress: 1, the fastest, to 9, the smallest. Default 6; 3 takes about half of its time. */
  readonly level?: number | undefined;
  /** Memory for compressing, 1 to 9: about 2^(memLevel + 9) bytes a context. Default 8. */
  readonly memLevel?: number | undefined;
  /**
   * How far back messages may refer, 9 to 15: 2^windowBits bytes. Default 15: 32 KiB. A context takes four times as much
   * for compressing, and as much for decompressing, where the client lets its window be set. Not 8, though RFC 7692 has it:
   * zlib does not compress with it.
   */
  readonly windowBits?: number | undefined;
  /**
   * Whether the server forgets each message once it is sent (no context takeover). Default true: a connection keeps no
   * memory for compressing. False makes messages that resemble earlier ones smaller, but for those to a room, which are compressed
   * once for all; and costs about 280 KiB for each connection from its first compressed message on, up to
   * `limits.compressionContexts` of them; about 110 KiB with `windowBits: 11, memLevel: 4`.
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /**
   * Whether all clients must do so too. Default false: those do that offer it. Each of the others costs about 45 KiB from the first
   * compressed message that it sends on; more of them than `limits.compressionContexts` are not compressed with. True asks it of
   * clients that did not offer it: Tornado and Mojolicious then fail with 1007, Netty refuses the handshake.
   */
  readonly clientNoContextTakeover?: boolean | undefined;
}

/** {@link CompressionOptions} with every default filled in. */
export type CompressionSettings = {
  readonly [Name in keyof CompressionOptions]-?: NonNullable<CompressionOptions[Name]>;
};

/** What is set where nothing else is. */
export const DEFAULT_SETTINGS: CompressionSettings = {
  threshold: 1024,
  level: 6,
  memLevel: 8,
  windowBits: 15,
  serverNoContextTakeover: true,
  clientNoContextTakeover: false,
};

const RANGES = { threshold: [0, 2 ** 31 - 1], level: [1, 9], memLevel: [1, 9], windowBits: [9, 15] } as const;

/** Fills in the defaults. Throws a RangeError for a number that is out of its range, a TypeError for what should be true or false. */
export function settingsOf(given: CompressionOptions = {}): CompressionSettings {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const settings: CompressionSettings = { ...DEFAULT_SETTINGS, ...Object.fromEntries(set) };
  for (const [name, value] of Object.entries(settings) as [keyof CompressionSettings, unknown][]) check(name, value);
  return settings;
}

function check(name: keyof CompressionSettings, value: unknown): void {
  if (name === "serverNoContextTakeover" || name === "clientNoContextTakeover") {
    if (typeof value !== "boolean") throw new TypeError(`deflate's ${name} must be true or false, not ${value}`);
    return;
  }
  const [least, most] = RANGES[name];
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new RangeError(`deflate's ${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
