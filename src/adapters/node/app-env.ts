import type { Opening } from "./opening.ts";

/** Where an app's environment gets `incoming` and `outgoing` from. */
export type EnvSource = Pick<Opening, "incoming" | "response">;

const SOURCE = Symbol("onesocket.source");

type AppEnv = { readonly [SOURCE]: EnvSource };

/** The same getters for all requests: V8 takes objects with getters of their own for different kinds, which costs ten times as much. */
const INCOMING: PropertyDescriptor & ThisType<AppEnv> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[SOURCE].incoming;
  },
};

const OUTGOING: PropertyDescriptor & ThisType<AppEnv> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[SOURCE].response;
  },
};

/** An app's environment as `@hono/node-server` gives it, but for what Node would have made: that is made when it is asked for. */
export function appEnv(env: unknown, source: EnvSource): object {
  const all = { ...(env as object), [SOURCE]: source };
  Object.defineProperty(all, "incoming", INCOMING);
  return Object.defineProperty(all, "outgoing", OUTGOING);
}
