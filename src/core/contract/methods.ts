import type { InputOf, OutputOf, Schema } from "../rpc/schema.ts";
import type { Socket } from "./socket.ts";

/** What clients may call by JSON-RPC 2.0, and what it does: see {@link MethodRule}. Names that begin with `rpc.` are the protocol's own. */
export type MethodRules<State, Env, Params, Results> = {
  readonly [Name in keyof Params]: MethodRule<State, Env, Params[Name]>;
} & {
  readonly [Name in keyof Results]: { handle(...args: never): Results[Name] };
};

/** One method. */
export interface MethodRule<State = unknown, Env = unknown, Params = unknown> {
  /**
   * Checks what the client gives: any Standard Schema, such as zod's, valibot's or arktype's; `type<…>()` checks nothing. What does not
   * fit is answered INVALID_PARAMS, with the issues. Default: everything is taken, as unknown.
   */
  readonly params?: Params;
  /**
   * Whether calls run beside one another, and beside what comes after them, instead of one after the other. At most 64 of a socket do;
   * the next one waits. Answers come as they are ready. Default false.
   */
  readonly concurrent?: boolean;
  /**
   * Does it. What it returns answers a request, as JSON; undefined is null. What it throws is answered INTERNAL_ERROR and goes to
   * `error`; the client is told nothing of it, unless it is an `RpcError`.
   */
  handle(socket: Socket<State, Env>, params: OutputOf<Params>): unknown;
}

/** What the server may send: a type, by `type<…>()`, or a schema to check with. Names that begin with `rpc.` are the protocol's own. */
export type NotificationRules<Notifications> = {
  readonly [Name in keyof Notifications]: Schema<Notifications[Name], unknown>;
};

/** No methods, or no notifications. */
export type None = Record<never, never>;

/** What a definition's methods take and give, for the client. */
export type MethodTypes<Params, Results> = {
  readonly [Name in keyof Params & keyof Results]: {
    readonly params: InputOf<Params[Name]>;
    readonly result: AnswerOf<Awaited<Results[Name]>>;
  };
};

/** What a client gets of what a method returns. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing is a function of type void.
type AnswerOf<Result> = Result extends undefined | void ? null : Result;

/** What a definition has for its clients, as types only. */
interface Typed<Methods, Notifications> {
  readonly "~types"?: { readonly methods: Methods; readonly notifications: Notifications } | undefined;
}

/** The methods of a definition, each as `{ params, result }`: `MethodsOf<typeof chat>["rename"]["params"]`. */
export type MethodsOf<Definition> = Definition extends Typed<infer Methods, infer _> ? Methods : never;

/** The notifications of a definition, each as what it carries: `NotificationsOf<typeof chat>["said"]`. */
export type NotificationsOf<Definition> =
  Definition extends Typed<infer _, infer Notifications> ? Notifications : never;
