import type { SocketDefinition } from "../core/contract/definition.ts";
import type { FetchApp, HostArguments, Target } from "../core/upgrade/serve.ts";
import { Kit } from "./kit.ts";
import type { Testing, TestingOptions } from "./types.ts";

export { RequestError, type RequestErrorCode } from "../client/errors.ts";
export { HandshakeError, TestError, type TestErrorCode } from "./errors.ts";
export type { Received, TestNotification } from "./inbox.ts";
export type { TestClient, TestConnectOptions, Testing, TestingOptions, WebSocketClass } from "./types.ts";

/**
 * Serves a definition in memory, for tests: its own validator, session and rooms, without a port and with a clock that is moved by hand. Each kit
 * has rooms of its own. Throws a TypeError for what can't be served, and for a definition whose name stands for another one that is in use.
 */
export function testing<State, Env, From, Methods, Rules, Shown>(
  definition: SocketDefinition<State, Env, From, Methods, Rules, Shown>,
  ...options: HostArguments<TestingOptions<Env>, Env>
): Testing<SocketDefinition<State, Env, From, Methods, Rules, Shown>, Env>;
/** The same for an app whose routes decide; its `sockets()` leaves the opening to the kit. */
export function testing<Env = unknown>(app: FetchApp, options?: TestingOptions<Env>): Testing<unknown, Env>;
export function testing(target: unknown, options: TestingOptions = {}): Testing {
  return new Kit(target as Target, options) as unknown as Testing;
}
