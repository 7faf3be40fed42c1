import type { HistoryKeeper } from "../history/keeper.ts";
import type { History } from "../history/rules.ts";
import type { Roster, RosterRoom } from "../presence/roster.ts";
import { checkClose } from "../protocol/close.ts";
import { type Compression, checkCompression } from "../protocol/deflate/compression.ts";
import { type Counting, countingOf } from "./capacity.ts";
import { HEARTBEAT_OPTIONS, type Heartbeat, type HeartbeatRules, heartbeatRules } from "./heartbeat.ts";
import { type Limits, withDefaults } from "./limits.ts";
import { living } from "./living.ts";
import { createdAt } from "./logical-clock.ts";
import type { MethodRules, MethodTypes, NotificationRules, Payloads } from "./methods.ts";
import type { None } from "./notify.ts";
import { checkObserver, type Observer } from "./observer.ts";
import { checkNames } from "./option-names.ts";
import { checkOrigins, type Origins } from "./origin.ts";
import { refusedOrigin } from "./origin-advice.ts";
import type { OriginAdvice } from "./origin-check.ts";
import { type Rate, rateOf } from "./rate.ts";
import type { RoomHooks } from "./room-hooks.ts";
import type { RoomLives } from "./room-lives.ts";
import type { RpcHooks } from "./rpc-hooks.ts";
import { hasDefinitionShape } from "./shapes.ts";
import type { CloseEvent, Message, Socket } from "./socket.ts";
import type { Frozen } from "./state.ts";

/** Where a socket goes and what it starts with. What `upgrade` leaves out is as the route passed it; headers add up. */
export interface Decision<State = unknown> {
  /** The room's id: no lone surrogates, at most 1024 bytes as JSON. Default `"default"`. */
  readonly room?: string | undefined;
  /** The socket's first state: plain JSON data. */
  readonly state?: State | undefined;
  /** A subprotocol other than the negotiated one; it must be among those that the client offered. */
  readonly protocol?: string | undefined;
  /**
   * Until when the decision is good, as a `Date` or in milliseconds since 1970: then the socket is closed with 3000, "expired". For a token that
   * expires; a client may come back with a fresh one. A Durable Object sets an alarm for it. Default: for ever.
   */
  readonly until?: number | { getTime(): number } | undefined;
  /** Headers for the 101. */
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
}

/** An answer that opens the socket only to close it, so that a browser can read the code. Made by {@link refuse}. */
export interface Refusal {
  /** What it is known by, whichever copy of the package made it. */
  readonly type: "onesocket.refusal";
  readonly code: number;
  readonly reason: string;
}

/**
 * Refuses a client after the 101, with a close code that a browser's script can read. No hook runs.
 * Throws a TypeError for a code or reason that RFC 6455 §7.4 forbids.
 */
export function refuse(code: number, reason = ""): Refusal {
  checkClose(code, reason);
  return { type: "onesocket.refusal", code, reason };
}

/** What `upgrade` is given beside the request. */
export interface UpgradeContext<Env = unknown, From = unknown> {
  /** The host's environment. */
  readonly env: Env;
  /** What the route passed, if it passed anything: it stands, but for what `upgrade` returns. */
  readonly from: Decision<From> | undefined;
  /** Aborts when the client has gone or `limits.upgradeMs` is over. */
  readonly signal: AbortSignal;
  /** The client's IP address, as far as it is known and believed; else "". */
  readonly remoteAddress: string;
  /** Keeps the process or request alive for background work: a promise, or whatever else can be awaited. Its failure is told as the event `error`. */
  waitUntil(work: PromiseLike<unknown>): void;
}

/** State that is inferred from what is given, and then has to be what JSON keeps. */
type Plain<State> = State & NoInfer<Frozen<State>>;

/**
 * What `upgrade` may return: nothing, a decision, an HTTP answer, or a refusal. Anything else opens no socket: the answer is 500
 * `UPGRADE_RESULT`, and the log tells what it was.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is a function of type void.
export type UpgradeResult<State> = Decision<Plain<State>> | Response | Refusal | undefined | void;

/** What a socket's events call. A hook may be async: the next event waits for it. */
export interface Handlers<State = unknown, Env = unknown, Notifications = None> {
  /** The socket is open. Finished before the first message is handed out. */
  open?(socket: Socket<State, Env, Notifications>): unknown;
  /** A message arrived: text as a string, binary as bytes that own their buffer. */
  message?(socket: Socket<State, Env, Notifications>, data: Message): unknown;
  /** The socket is gone, from its room too. The last hook, exactly once for a socket that was opened. */
  close?(socket: Socket<State, Env, Notifications>, event: CloseEvent): unknown;
  /** Takes what another hook threw. Without it, the socket is closed with 1011. */
  error?(socket: Socket<State, Env, Notifications>, error: unknown): unknown;
}

/** What {@link defineSocket} takes. */
export interface SocketOptions<
  State = unknown,
  Env = unknown,
  From = State,
  Params = None,
  Results = None,
  Rules = None,
  Shown = unknown,
> extends Handlers<State, Env, NoInfer<Payloads<Rules>>> {
  /**
   * Names the definition: on Cloudflare it is mapped to a Durable Object. Unique in a program: another definition of a name that is
   * in use is refused, by a host with a TypeError, in an app with 500 `NAME_TAKEN`.
   */
  readonly name: string;
  /**
   * Subprotocols, in the server's order of preference. Default: none; `onesocket` for a definition with methods, notifications, a
   * history or presence, which `onesocket/client` offers beside a token.
   */
  readonly protocols?: readonly string[] | undefined;
  /** Refuse (400) a client that offers none of `protocols`. Default false. */
  readonly requireProtocol?: boolean | undefined;
  /** Which pages may connect. Default: those of the same host. `"*"` opens it to every site that a user visits. */
  readonly origins?: Origins | undefined;
  /** Refuse (426) HTTP/1.0, where the runtime shows it, rather than warn. Default false. */
  readonly strict?: boolean | undefined;
  /** How much a refusal's body tells: code, cause and fix, or the code alone. Default `"text"`. */
  readonly failures?: "text" | "code" | undefined;
  /**
   * How dead peers are found, by protocol pings where the runtime has them. Default: true on Node; Bun and Deno ping by themselves.
   * False: not at all, but for an app's sockets on Bun, which pings those of all the server.
   */
  readonly heartbeat?: boolean | Heartbeat | undefined;
  /**
   * Compress messages with clients that offer permessage-deflate: `deflate()` of `onesocket/deflate`, or `deflate({ threshold: 512, level: 3 })`.
   * Default false. Node does all of it. Bun has one setting for a server, and `threshold`: a definition that is served by itself decides, an
   * app's host by its own `compression`. Deno never compresses; workerd always does, by itself.
   */
  readonly compression?: Compression | false | undefined;
  /** What one client may cost, where the defaults do not fit. */
  readonly limits?: Partial<Limits> | undefined;
  /** Told what an operator may want to know about this definition's sockets, beside the host's `observe`. */
  readonly observe?: Observer | undefined;
  /**
   * Decides on a valid handshake, before the 101; what it leaves out is as the route passed it. A `Response` or a refusal may
   * be thrown too: a `Response` is sent as it is.
   */
  upgrade?(request: Request, context: UpgradeContext<Env, From>): UpgradeResult<State> | Promise<UpgradeResult<State>>;
  /** What clients may call, by JSON-RPC 2.0. What is no JSON-RPC goes to `message` as before. */
  readonly methods?: MethodRules<NoInfer<State>, NoInfer<Env>, Params, Results, NoInfer<Payloads<Rules>>> | undefined;
  /** What the server sends by name, with `notify` of a socket or a room: a type, by `type<…>()`, or a schema to check with. */
  readonly notifications?: Rules | undefined;
  /**
   * What each room remembers of its notifications, so that a client which comes back gets what it missed: `{ messages: 256, ms: 120_000 }`.
   * Default: nothing.
   */
  readonly history?: History | undefined;
  /**
   * What the members of a room see of one another, by their states: `({ name }) => ({ name })`, as plain JSON data of at most `limits.stateBytes`;
   * undefined shows nothing of a socket. What it throws is told as the event `error`, and shows nothing. Default: nobody sees anybody.
   */
  readonly presence?: ((state: Frozen<NoInfer<State>>) => Shown & NoInfer<Frozen<Shown>>) | undefined;
  /** What happens to a room itself: somebody is in it, nobody is any more, its alarm rings. */
  readonly room?: RoomHooks<NoInfer<State>, NoInfer<Env>, NoInfer<Payloads<Rules>>> | undefined;
}

/** A definition: static, importable, no runtime in it. Give it to a host. */
export interface SocketDefinition<
  State = unknown,
  Env = unknown,
  From = State,
  Methods = None,
  Rules = None,
  Shown = unknown,
> extends Omit<
    SocketOptions<State, Env, From, None, None, Rules>,
    "compression" | "heartbeat" | "limits" | "methods" | "notifications" | "history" | "presence"
  > {
  /** For types alone: what its clients may call, and what they are sent. Nothing is there. */
  readonly "~types"?: { readonly methods: Methods; readonly notifications: Rules; readonly shown: Shown } | undefined;
  /** The text of a notification. Throws a TypeError for a name that is not among `notifications`, and for params that do not fit. */
  notification?(name: string, params: unknown): string;
  readonly compression: Compression | undefined;
  readonly heartbeat: HeartbeatRules | false;
  /** Counts its sockets, where its limits ask for it. */
  readonly counting?: Counting | undefined;
  /** Makes what counts a socket's messages, where its limits ask for it. */
  readonly rate?: ((now: number) => Rate) | undefined;
  /** What the log says of a page that may not connect. */
  readonly originAdvice?: OriginAdvice | undefined;
  /** Keeps its rooms' histories, where they have any. */
  readonly keeper?: HistoryKeeper | undefined;
  /** Makes what shows a room's members one another, where they are shown. */
  readonly roster?: ((room: RosterRoom) => Roster) | undefined;
  /** Has the lives of its rooms: their hooks, alarms and what they keep. Only a definition made for one request has none. */
  readonly lives?: RoomLives | undefined;
  readonly limits: Limits;
  /** What its sockets are counted under, where definitions share a name: closures do. Default: the name. */
  readonly counted?: unknown;
}

const OPTIONS = {
  name: true,
  protocols: true,
  requireProtocol: true,
  origins: true,
  strict: true,
  failures: true,
  heartbeat: true,
  compression: true,
  limits: true,
  observe: true,
  upgrade: true,
  methods: true,
  notifications: true,
  history: true,
  presence: true,
  room: true,
  open: true,
  message: true,
  close: true,
  error: true,
  // Of a definition that is taken for the options of another.
  counting: true,
  rate: true,
  originAdvice: true,
  notification: true,
  keeper: true,
  roster: true,
  lives: true,
} satisfies Record<
  keyof SocketOptions | "counting" | "rate" | "originAdvice" | "notification" | "keeper" | "roster" | "lives",
  true
>;

/** The name of a definition made for one request: it lives in this process or isolate, never in a Durable Object. */
export const CLOSURE = "(closure)";

/**
 * Defines a socket's behaviour, once for every runtime. The types are inferred: the state's from `upgrade`; where it gives none, that is
 * what routes pass: `defineSocket<User>({ … })`. Throws a TypeError or RangeError for options that make no sense.
 */
export function defineSocket<
  From = unknown,
  Env = unknown,
  State = From,
  Params extends object = None,
  Results extends object = None,
  Rules extends NotificationRules = None,
  Shown = unknown,
>(
  options: SocketOptions<State, Env, From, Params, Results, Rules, Shown>,
): SocketDefinition<State, Env, unknown extends From ? State : From, MethodTypes<Params, Results>, Rules, Shown> {
  return makeDefinition(options as unknown as SocketOptions, living) as never;
}

/** {@link defineSocket}, without what JSON-RPC and the lives of rooms take. `speech`: what becomes of it, once the options have been checked. */
export function makeDefinition(
  options: SocketOptions,
  speech: (options: SocketOptions) => RpcHooks = () => ({}),
): SocketDefinition {
  if (typeof options?.name !== "string" || options.name === "") throw new TypeError("a definition needs a name");
  checkNames(options, Object.keys(OPTIONS), "a definition");
  checkNames(options.heartbeat, Object.keys(HEARTBEAT_OPTIONS), "heartbeat");
  checkCompression(options.compression);
  checkOrigins(options.origins);
  checkObserver(options.observe);
  for (const protocol of options.protocols ?? []) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/.test(protocol)) {
      throw new TypeError(`subprotocol ${JSON.stringify(protocol)} is not a token`);
    }
  }
  const { heartbeat = options.heartbeat, ...hooks } = speech(options);
  const limits = withDefaults(options.limits);
  const definition = Object.freeze({
    ...options,
    ...hooks,
    originAdvice: refusedOrigin,
    compression: options.compression || undefined,
    heartbeat: heartbeatRules(heartbeat),
    limits,
    counting: countingOf(limits),
    rate: rateOf(limits),
  });
  createdAt(definition);
  return definition as SocketDefinition;
}

/** Whether a module's export, or a host's target, is a definition (rather than a fetch app). */
export function isDefinition(value: unknown): value is SocketDefinition {
  return hasDefinitionShape(value);
}
