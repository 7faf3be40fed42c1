/** What may be asked anew at every attempt: a value, or a function that gives it. */
export type Asked<Value> = Value | (() => Value | Promise<Value>);

/** How pings find a connection that looks open and is dead. */
export interface ClientHeartbeat {
  /** Milliseconds of silence after which the server is asked for a sign of life. Default 25 000. */
  readonly everyMs?: number | undefined;
  /** Milliseconds in which it has to say anything. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * The pair of texts of the server's `heartbeat.text`. Default: those that a definition with `methods` answers, once the client has
   * used them (`on`, `notify`, `request`), or been told who else is there, and the server has answered one; a server that does not is not pinged.
   */
  readonly text?: { readonly ping: string; readonly pong: string } | undefined;
}

/** How long a client waits before it tries again. Each wait is by chance, from nothing up to what is said here ("full jitter"). */
export interface Backoff {
  /** Milliseconds, the most before the first try; doubled by each that fails. Default 1000. */
  readonly firstMs?: number | undefined;
  /** Milliseconds that it is never doubled beyond, and that a server which refuses is left in peace for. Default 30 000. */
  readonly longestMs?: number | undefined;
  /** Milliseconds over which all clients of a server that restarts (1001, 1012) come back. Default 5000. */
  readonly spreadMs?: number | undefined;
}

/** What {@link connect} takes beside the URL. */
export interface ConnectOptions {
  /** Subprotocols to offer. A server that selects none of them is not connected to by browsers. Default: none. */
  readonly protocols?: Asked<string | readonly string[]> | undefined;
  /**
   * Who connects. It travels as one more subprotocol, `bearer.` and the token, which is never part of a URL or a log; so it has to be
   * made of letters, digits and ``!#$%&'*+-.^_`|~``, as a JWT is. Beside it one is offered that the server selects: `protocols`, by
   * default `onesocket`.
   */
  readonly token?: Asked<string> | undefined;
  /** Closes the client for good when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** How many messages wait while there is no connection, at most. Default 256. */
  readonly queue?: number | undefined;
  /** Default true; false: never a ping. */
  readonly heartbeat?: boolean | ClientHeartbeat | undefined;
  readonly backoff?: Backoff | undefined;
  /** Close codes after which to come back though the client would not by itself: of 1000, 1008, 3003 and 4000 to 4999. Default: none. */
  readonly retryOn?: readonly number[] | undefined;
  /**
   * How many of the room's last notifications from before it came a client gets first, where the server keeps a history: as far
   * as it still knows them and they are for it. A whole number. Default 0.
   */
  readonly history?: number | undefined;
  /** Milliseconds that one attempt may take, with what `url`, `token` and `protocols` take, and twice what `probe` may take. Default 10 000. */
  readonly openMs?: number | undefined;
  /** Milliseconds that a request may take, waiting for a connection included. Default 30 000. */
  readonly requestMs?: number | undefined;
  /** Ask by plain HTTP, once for each failed attempt, why it failed. Default true. */
  readonly probe?: boolean | undefined;
}

const DEFAULTS = {
  queue: 256,
  openMs: 10_000,
  requestMs: 30_000,
  everyMs: 25_000,
  timeoutMs: 10_000,
  firstMs: 1_000,
  longestMs: 30_000,
  spreadMs: 5_000,
  heartbeat: true,
  probe: true,
  history: 0,
  retryOn: [],
  // Those without a default.
  protocols: "",
  token: "",
  backoff: "",
  text: "",
  signal: "",
};

/** The options with their defaults, those of `heartbeat` and `backoff` among them. */
export interface Settings
  extends Required<Numbers<ConnectOptions> & Numbers<ClientHeartbeat> & Numbers<Backoff>>,
    Pick<ConnectOptions, "protocols" | "token" | "signal">,
    Pick<ClientHeartbeat, "text"> {
  readonly heartbeat: unknown;
  readonly probe: boolean;
  readonly retryOn: readonly number[];
}

type Numbers<Options> = {
  readonly [Name in keyof Options as undefined extends Options[Name]
    ? Options[Name] extends number | undefined
      ? Name
      : never
    : never]: NonNullable<Options[Name]>;
};

/** Throws a TypeError for an option that there is none of, a RangeError for a number that is none. */
export function settingsOf(options: ConnectOptions): Settings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const group of [options, options.backoff, options.heartbeat]) {
    for (const [name, value = settings[name]] of Object.entries(group ?? {})) {
      if (!(name in DEFAULTS)) throw new TypeError(`connect has no option "${name}"`);
      if (typeof (DEFAULTS as never)[name] === "number") checkNumber(name, value as number);
      settings[name] = value;
    }
  }
  return settings as unknown as Settings;
}

/** Throws a RangeError for a number that is none, or too large: a timer of 2^31 ms fires at once. */
export function checkNumber(name: string, value: number): void {
  if (!(value >= 0 && value < 2 ** 31)) throw new RangeError(`${name} can't be ${value}`);
}
