import type { InputOf, OutputOf, Schema } from "../rpc/schema.ts";
import type { None } from "./notify.ts";
import type { Socket } from "./socket.ts";
import type { Frozen } from "./state.ts";

/** What clients may call by JSON-RPC 2.0, and what it does. Names that begin with `rpc.` are the protocol's own. */
export type MethodRules<State, Env, Params, Results, Notifications> = {
  readonly [Name in keyof Params]: MethodRule<State, Env, Params[Name], Notifications>;
} & {
  readonly [Name in keyof Results]: { handle(...args: never): Results[Name] };
};

/** One method. */
export interface MethodRule<State = unknown, Env = unknown, Params = unknown, Notifications = None> {
  /**
   * Checks what the client gives: any Standard Schema, such as zod's, valibot's or arktype's; `type<…>()` checks nothing. What does not
   * fit is answered -32602, with the issues. Default: everything is taken, as unknown.
   */
  readonly params?: Params & Checking<Params>;
  /**
   * Whether what comes next does not wait for it: its calls run beside one another and beside everything else, at most 64 of a socket, and
   * are answered as they are ready. Default false: one after the other.
   */
  readonly concurrent?: boolean;
  /**
   * Does it. What it returns answers a request, as JSON; undefined is null. What it throws is answered -32603 and goes to `error`; the
   * client is told nothing of it, unless it is an `RpcError`.
   */
  handle(socket: Socket<State, Env, Notifications>, params: OutputOf<Params>): unknown;
}

/** Nothing more is asked of a schema; of what is none, nothing fits, and the type says why. */
type Checking<Params> = unknown extends Params
  ? unknown
  : Params extends Schema
    ? unknown
    : "params is a schema, of zod, valibot, arktype or type<…>()";

/** What the server sends by name: a type, by `type<…>()`, or a schema to check with. Names that begin with `rpc.` are the protocol's own. */
export type NotificationRules = Readonly<Record<string, Schema>>;

/** What `notify` takes, by name. */
export type Payloads<Rules> = { readonly [Name in keyof Rules]: InputOf<Rules[Name]> };

/** What a definition's methods take and give, for the client. */
export type MethodTypes<Params, Results> = {
  readonly [Name in keyof Results]: {
    readonly params: Name extends keyof Params ? InputOf<Params[Name]> : undefined;
    readonly result: AnswerOf<Awaited<Results[Name]>>;
  };
};

/** What a client gets of what a method returns. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing is a function of type void.
type AnswerOf<Result> = Result extends undefined | void ? null : Result;

/** What a definition has for its clients, as types only. */
interface Typed<Methods, Rules, Shown> {
  readonly "~types"?: { readonly methods: Methods; readonly notifications: Rules; readonly shown: Shown } | undefined;
}

/** The methods of a definition, each as `{ params, result }`: `MethodsOf<typeof chat>["rename"]["params"]`. */
export type MethodsOf<Definition> = Definition extends Typed<infer Methods, infer _, infer __> ? Methods : never;

/** The notifications of a definition, each as what arrives: `NotificationsOf<typeof chat>["said"]`. */
export type NotificationsOf<Definition> =
  Definition extends Typed<infer _, infer Rules, infer __>
    ? { readonly [Name in keyof Rules]: OutputOf<Rules[Name]> }
    : never;

/** What the members of a definition's rooms see of one another, by its `presence`; never where it has none. */
export type OtherOf<Definition> =
  Definition extends Typed<infer _, infer __, infer Shown> ? Frozen<Exclude<Shown, undefined>> : never;
