import { isDefinition, type SocketDefinition } from "../contract/definition.ts";
import { describe } from "../contract/describe.ts";
import type { Observer } from "../contract/observer.ts";
import type { JoinBroker } from "../rooms/cluster/broker.ts";
import { useName } from "../rooms/names.ts";
import type { StorageDriver } from "../storage/driver.ts";
import type { Attempt } from "./attempt.ts";
import { Exchange } from "./exchange.ts";
import { broken, misaddressed } from "./failed.ts";
import { negotiate } from "./negotiate.ts";
import { announce, isSwitching, type Outcome } from "./outcome.ts";

/** What a fetch app may use to keep work alive; the shape that Workers and Hono know. */
export interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
  passThroughOnException(): void;
  readonly props: unknown;
}

/** An app that answers requests: a Hono app, or anything shaped like one. */
export interface FetchApp {
  // Bivariant on purpose: every framework types its env and context more narrowly.
  fetch(request: Request, env?: unknown, context?: ExecutionContext): Response | Promise<Response>;
}

/** What a host serves: one definition on every path, or an app whose routes decide. */
export type Target<Env = unknown> = SocketDefinition<unknown, Env> | FetchApp;

/** A host's last argument: it can be left out only where nothing is needed of `env`. */
export type HostArguments<Options, Env> =
  Partial<Env> extends Env ? [options?: Options] : [options: Options & { readonly env: Env }];

/** Options that every host takes. */
export interface HostOptions<Env = unknown> {
  /** What hooks see as `env`, and an app as its bindings. Default: an empty object. */
  readonly env?: Env | undefined;
  /** Told what an operator may want to know. Default: what was refused or failed, with what to change, and the broker's state go to the console. */
  readonly observe?: Observer | undefined;
  /**
   * Prints each frame (on Node) or message (elsewhere), event and decision to the console: nothing of what is in them, no URL, no
   * header. Default: whether the environment has `ONESOCKET_DEBUG=1` when the host is made.
   */
  readonly debug?: boolean | undefined;
  /** Joins rooms to those of other processes, such as `redis({ url })` of `onesocket/redis`. One for all hosts of a process. Default: none. */
  readonly broker?: JoinBroker | undefined;
  /** Where rooms keep what hooks give to `room.storage`, such as a database. Default: this process's memory, at most 64 Mi characters. */
  readonly storage?: StorageDriver | undefined;
}

/** Throws a TypeError unless the target can be served. */
export function checkTarget(target: unknown): asserts target is Target {
  if (isDefinition(target) || typeof (target as FetchApp | undefined)?.fetch === "function") return;
  const told = `a host serves a definition (defineSocket) or an app with a fetch method, not ${describe(target)}`;
  const [name] = Object.entries(target ?? {}).find(([, value]) => isDefinition(value)) ?? [];
  throw new TypeError(name === undefined ? told : `${told}: pass its ${name}`);
}

/**
 * Takes a target into service and joins its broker, or does neither; returns what ends both, for a host that can close. Throws a TypeError
 * for what can't be served, for a definition whose name stands for another one that is in use, and for a second broker of the process.
 */
export function useTarget(target: Target, broker?: JoinBroker, observe: Observer = () => {}): () => Promise<void> {
  checkTarget(target);
  const leaveName = isDefinition(target) ? useName(target) : undefined;
  try {
    const leaveBroker = broker?.(observe);
    return async () => {
      await leaveBroker?.();
      leaveName?.();
    };
  } catch (error) {
    leaveName?.();
    throw error;
  }
}

/**
 * What becomes of an attempt at a target. Synchronous for a definition whose `upgrade` is.
 * `appEnv` is the environment as the app's framework expects it on this runtime.
 */
export function serveAttempt(
  target: Target,
  attempt: Attempt,
  appEnv: unknown,
  context: ExecutionContext,
): Outcome | Promise<Outcome> {
  return isDefinition(target) ? serveDefinition(target, attempt) : serveApp(target, attempt, appEnv, context);
}

/** {@link serveAttempt} for a definition. */
export function serveDefinition(definition: SocketDefinition, attempt: Attempt): Outcome | Promise<Outcome> {
  const outcome = negotiate(definition, attempt, undefined);
  const announced = (decided: Outcome) => {
    if (isSwitching(decided)) announce(decided, attempt.host.observe);
    return decided;
  };
  return "then" in outcome ? outcome.then(announced) : announced(outcome);
}

/** {@link serveAttempt} for an app. */
export async function serveApp(
  app: FetchApp,
  attempt: Attempt,
  env: unknown,
  context: ExecutionContext,
): Promise<Outcome> {
  const { observe } = attempt.host;
  const lost = misaddressed(attempt.headers, observe);
  if (lost) return lost;
  let exchange: Exchange | undefined;
  try {
    const request = attempt.request();
    exchange = new Exchange(attempt, request, context);
    return exchange.settle(await app.fetch(request, env, context));
  } catch (error) {
    exchange?.giveUp();
    return broken(error, observe);
  }
}
