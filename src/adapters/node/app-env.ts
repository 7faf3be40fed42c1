import type { Opening } from "./opening.ts";

/** What an app's environment has of its request. */
export type Asked = Pick<Opening, "incoming" | "response">;

const ASKED = Symbol("onesocket.asked");

type AppEnv = { readonly [ASKED]: Asked };

/** The same functions for all requests: to V8 objects with getters of their own are of different kinds, which costs ten times as much. */
const INCOMING: PropertyDescriptor & ThisType<AppEnv> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[ASKED].incoming;
  },
};

const OUTGOING: PropertyDescriptor & ThisType<AppEnv> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[ASKED].response;
  },
};

/** An app's environment as `@hono/node-server` gives it, but that what Node would have made is made when it is asked for. */
export function appEnv(env: unknown, asked: Asked): object {
  const all = { ...(env as object), [ASKED]: asked };
  Object.defineProperty(all, "incoming", INCOMING);
  return Object.defineProperty(all, "outgoing", OUTGOING);
}
