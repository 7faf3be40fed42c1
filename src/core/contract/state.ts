const encoder = new TextEncoder();

/** The size of a value as JSON, in UTF-8 bytes: the one measure for what an attachment must hold. */
export function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : encoder.encode(JSON.stringify(value)).length;
}

/**
 * A deep, frozen copy of plain JSON data (M10). `who` names the socket in errors.
 * Throws a TypeError, with the path, for anything that JSON would lose or change, and a RangeError past `limit` bytes.
 */
export function cloneState<State>(state: State, limit: number, who: string): State {
  const copy = clone(state, "state", 0);
  const size = jsonBytes(copy);
  if (size > limit) throw new RangeError(`${who}: state is ${size} bytes as JSON; limits.stateBytes is ${limit}`);
  return copy as State;
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

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null
    ? (value.constructor?.name ?? "object")
    : `${typeof value} ${String(value)}`;
}
