import { utf8Length } from "../protocol/utf8.ts";
import { describe } from "./describe.ts";
import { isPlainObject } from "./shapes.ts";

/** What JSON would lose or change, in words that a compiler's error ends with. */
type NotJson<Value> = Value extends { toISOString(): string }
  ? "not JSON: keep a Date as its getTime() or toISOString()"
  : Value extends bigint
    ? "not JSON: keep a bigint as a string"
    : "not JSON: state is plain data, without methods, Map, Set, bytes or symbols";

type Tuple = readonly [] | readonly [unknown, ...unknown[]];

type Method = (...args: never) => unknown;

/**
 * A state as a socket holds it: deeply readonly, since it is a frozen copy. Where there is something in it that JSON would lose or
 * change, the type is a text that says so, and nothing fits it.
 */
export type Frozen<State> = State extends string | number | boolean | null | undefined
  ? State
  : State extends bigint | symbol | Method
    ? NotJson<State>
    : State extends Tuple
      ? { readonly [Index in keyof State]: Frozen<State[Index]> }
      : State extends readonly (infer Item)[]
        ? readonly Frozen<Item>[]
        : State extends object
          ? // Whatever is no plain data has a method.
            [Extract<State[keyof State], Method>] extends [never]
            ? { readonly [Key in keyof State]: Frozen<State[Key]> }
            : NotJson<State>
          : State;

/** The size of a value as JSON, in UTF-8 bytes: the one measure for what an attachment must hold. */
export function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : utf8Length(JSON.stringify(value));
}

/**
 * A deep, frozen copy of plain JSON data (M10). `who` names the socket in errors, `what` the data.
 * Throws a TypeError, with the path, for anything that JSON would lose or change, and a RangeError past `limit` bytes.
 */
export function cloneState<State>(state: State, limit: number, who: string, what = "state"): State {
  const copy = clonePlain(state, what);
  const size = jsonBytes(copy);
  if (size > limit) throw new RangeError(`${who}: ${what} is ${size} bytes as JSON; limits.stateBytes is ${limit}`);
  return copy as State;
}

/** A deep, frozen copy of plain JSON data. Throws a TypeError that begins with `path` for anything that JSON would lose or change. */
export function clonePlain(value: unknown, path: string): unknown {
  return clone(value, path, 0);
}

function clone(value: unknown, path: string, depth: number): unknown {
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  // A cycle has no other sign: anything this deep would not fit the limit's purpose either.
  if (depth > 64) throw new TypeError(`${path} is nested too deeply, or contains itself`);
  if (Array.isArray(value))
    return Object.freeze(value.map((item, i) => clone(item ?? null, `${path}[${i}]`, depth + 1)));
  if (isPlainObject(value)) return Object.freeze(cloneObject(value, path, depth));
  throw new TypeError(`${path} is not plain JSON data (${describe(value)})`);
}

function cloneObject(value: object, path: string, depth: number): object {
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const cloned = clone(item, `${path}.${key}`, depth + 1);
    if (key === "__proto__") Object.defineProperty(copy, key, { value: cloned, enumerable: true });
    else copy[key] = cloned;
  }
  return copy;
}
