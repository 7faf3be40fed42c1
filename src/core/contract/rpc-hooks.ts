import { HistoryKeeper } from "../history/keeper.ts";
import { HISTORY_OPTIONS, type History, historyRules } from "../history/rules.ts";
import type { Roster, RosterRoom } from "../presence/roster.ts";
import { notificationText } from "../rpc/answers.ts";
import { isSchema, schemaResult } from "../rpc/check.ts";
import { Dispatcher, type Method } from "../rpc/dispatcher.ts";
import { parse } from "../rpc/parse.ts";
import { isPromise } from "../rpc/proceed.ts";
import type { Schema } from "../rpc/schema.ts";
import { PING, PONG, PROTOCOL, RESERVED, RESUME, toParams } from "../rpc/wire.ts";
import { isCancelled } from "./cancelled.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { checkNames, meant } from "./option-names.ts";
import { type Presenting, presenting } from "./presenting.ts";
import { placing, resuming } from "./resuming.ts";
import type { Message, Socket } from "./socket.ts";
import { awaitable } from "./thenable.ts";

/** What is looked at of a definition's options. */
export interface RpcOptions {
  readonly name: string;
  readonly protocols?: readonly string[] | undefined;
  readonly methods?: Readonly<Record<string, unknown>> | undefined;
  readonly notifications?: Readonly<Record<string, unknown>> | undefined;
  readonly heartbeat?: boolean | Heartbeat | undefined;
  readonly history?: History | undefined;
  readonly presence?: ((state: unknown) => unknown) | undefined;
  open?(socket: Socket): unknown;
  message?(socket: Socket, data: Message): unknown;
  error?(socket: Socket, error: unknown): unknown;
}

/** What a definition has of it: nothing where it has neither methods nor notifications, a history nor presence. */
export interface RpcHooks {
  readonly protocols?: readonly string[];
  readonly heartbeat?: boolean | Heartbeat;
  readonly open?: (this: unknown, socket: Socket) => unknown;
  readonly message?: (this: unknown, socket: Socket, data: Message) => unknown;
  readonly keeper?: HistoryKeeper;
  readonly roster?: (room: RosterRoom) => Roster;
  readonly notification?: (name: string, params: unknown) => string;
}

/** Makes `methods` and `notifications` into hooks. Throws a TypeError for those that make no sense. */
export function rpcHooks(options: RpcOptions): RpcHooks {
  if (!options.methods && !options.notifications && !options.history && !options.presence) return {};
  const methods = methodsOf(options);
  return {
    protocols: options.protocols ?? [PROTOCOL],
    heartbeat: beating(options.heartbeat),
    message: messageHook(options.message, methods, (socket, error) => failed(options, socket, error)),
    notification: notifications(options),
    ...(options.history && remembering(options.history, options.open)),
    ...(options.presence && { roster: presenting(options as Presenting) }),
  };
}

function remembering(history: History, open: RpcOptions["open"]): RpcHooks {
  checkNames(history, HISTORY_OPTIONS, "history");
  return { open: placing(open), keeper: new HistoryKeeper(historyRules(history)) };
}

/** Unless another pair is named, clients show life by the one of JSON-RPC. */
function beating(heartbeat: RpcOptions["heartbeat"]): boolean | Heartbeat {
  if (heartbeat === false) return false;
  const given: Heartbeat & { asked?: boolean } = typeof heartbeat === "object" ? heartbeat : {};
  return { asked: heartbeat !== undefined, ...given, text: given.text ?? { ping: PING, pong: PONG } } as Heartbeat;
}

type Methods = ReadonlyMap<string, Method<Socket>>;

function methodsOf({ methods, history }: RpcOptions): Methods {
  const given = Object.entries(methods ?? {}) as [string, Method<Socket>][];
  for (const [name, method] of given) checkMethod(name, method);
  // Where there is no heartbeat, its text is a message like any other, and is answered all the same.
  const own: [string, Method<Socket>][] = [["rpc.ping", { handle: (socket) => void socket.send(PONG) }]];
  if (history) own.push([RESUME, resuming()]);
  return new Map([...given, ...own]);
}

function checkMethod(name: string, method: Method<Socket>): void {
  const of = `methods.${name}`;
  checkReserved(of, name);
  if (typeof method?.handle !== "function")
    throw new TypeError(`${of} has no handle: { handle: (socket, params) => … }`);
  checkNames(method, ["params", "concurrent", "handle"], of);
  if (method.params !== undefined) checkSchema(`${of}.params`, method.params);
}

function checkReserved(of: string, name: string): void {
  if (name.startsWith(RESERVED)) throw new TypeError(`${of}: names that begin with ${RESERVED} are the protocol's own`);
}

function checkSchema(of: string, schema: Schema): void {
  if (isSchema(schema)) return;
  throw new TypeError(
    `${of} is no Standard Schema, such as zod 3.24, valibot 1 and arktype 2 make, and type<…>() of onesocket`,
  );
}

/** What is no JSON-RPC goes to the definition's own hook; where it has none, it is answered as the standard says. */
function messageHook(
  own: RpcHooks["message"],
  methods: Methods,
  failed: (socket: Socket, error: unknown) => Promise<void> | undefined,
): NonNullable<RpcHooks["message"]> {
  const dispatcher = new Dispatcher<Socket>(methods, {
    answer: (socket, text) => void socket.send(text),
    failed,
    keep: (socket, promise) => socket.waitUntil(promise),
  });
  return function message(this: unknown, socket: Socket, data: Message): unknown {
    if (typeof data !== "string" || (own && !data.includes('"jsonrpc"'))) return own?.call(this, socket, data);
    const incoming = parse(data);
    const foreign = incoming.kind === "broken" || incoming.kind === "other";
    return foreign && own ? own.call(this, socket, data) : dispatcher.dispatch(socket, incoming, data);
  };
}

/** Gives what a method threw to `error`; without one, or when that fails too, it is reported. The socket stays open. */
function failed(options: RpcOptions, socket: Socket, error: unknown): Promise<void> | undefined {
  const report = (reason: unknown) => socket.waitUntil(Promise.reject(reason));
  if (!options.error || isCancelled(socket.signal, error)) return void report(error);
  try {
    const pending = awaitable(options.error(socket, error));
    return pending && Promise.resolve(pending).then(() => {}, report);
  } catch (second) {
    return void report(second);
  }
}

function notifications({
  name: definition,
  notifications = {},
}: RpcOptions): (name: string, params: unknown) => string {
  const schemas = new Map(Object.entries(notifications as Readonly<Record<string, Schema>>));
  for (const [name, schema] of schemas) {
    checkReserved(`notifications.${name}`, name);
    checkSchema(`notifications.${name}`, schema);
  }
  return (name, params) => {
    const schema = schemas.get(name);
    if (schema) return notificationText(name, written(name, fitting(name, schema, params)));
    const hint = meant(String(name), [...schemas.keys()]);
    throw new TypeError(
      `the definition ${JSON.stringify(definition)} has no notification ${JSON.stringify(name)}${hint}`,
    );
  };
}

/** What the schema makes of the params. */
function fitting(name: string, schema: Schema, params: unknown): unknown {
  const result = schema["~standard"].validate(params);
  if (isPromise(result)) {
    result.then(undefined, () => {});
    throw new TypeError(`notifications.${name}: its schema is asynchronous, and notify can't wait for it`);
  }
  const fits = schemaResult(result);
  if (!fits.issues) return fits.value;
  throw new TypeError(
    `the notification ${name} does not fit its schema: ${fits.issues.map(({ message }) => message).join("; ")}`,
  );
}

/** Params as JSON, which has no bigint, circle, function or symbol: throws a TypeError for those. */
function written(name: string, params: unknown): string | undefined {
  try {
    return JSON.stringify(toParams(params));
  } catch (cause) {
    throw new TypeError(`the notification ${name} can't be written as JSON: ${(cause as Error)?.message}`, { cause });
  }
}
