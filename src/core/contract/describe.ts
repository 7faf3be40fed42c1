import { meant } from "./option-names.ts";
import { hasDefinitionShape, isHollow, isPlainObject, isResponse } from "./shapes.ts";

/**
 * What a value is, in words for the developer's error or log. `fields`: those that an object should have had, such as a decision's:
 * only its other ones are named, and what may have been meant by them. Never throws.
 */
export function describe(value: unknown, fields?: readonly string[]): string {
  try {
    if (typeof value === "function") return "a function";
    if (typeof value === "object" && value !== null) return describeObject(value, fields);
    if (typeof value === "string") return `the string ${quoted(value)}`;
    return typeof value === "bigint" ? `${value}n` : String(value);
  } catch {
    return "something that cannot be read";
  }
}

/** Of more fields the first are named: an object may be a table of all users. */
const MOST_NAMES = 10;

function describeObject(value: object, fields: readonly string[] | undefined): string {
  if (isResponse(value))
    return isHollow(value)
      ? "a Response of status 101 that brings no socket"
      : "a Response that cannot be sent: of a network error, read already, or with a control character in a header";
  if (hasDefinitionShape(value)) return `the definition ${quoted(value.name)}`;
  if (Array.isArray(value)) return "an array";
  if (isPlainObject(value as unknown)) {
    const names = Reflect.ownKeys(value).filter((key) => !(fields as readonly unknown[] | undefined)?.includes(key));
    const named = names.slice(0, MOST_NAMES).map((key) => quoted(key) + hint(key, fields));
    if (names.length > 0) return `an object with ${named.join(", ")}${names.length > MOST_NAMES ? " and more" : ""}`;
    return fields ? "an object with fields that cannot be read" : "an empty object";
  }
  const { name, message } = value as Partial<Error>;
  if (typeof message === "string" && typeof name === "string") return `an error: ${quoted(`${name}: ${message}`)}`;
  const type: unknown = value.constructor?.name;
  return typeof type === "string" && type !== "" && type !== "Object" ? `a ${type}` : "an object of a class";
}

/** What may have been meant by a field that is none of those. */
function hint(field: PropertyKey, fields: readonly string[] | undefined): string {
  if (!fields) return "";
  if (field === "status") return ": an HTTP answer is a Response";
  return field === "code" ? ": a close code is refused with by refuse(code)" : meant(String(field), fields);
}

function quoted(value: PropertyKey): string {
  const text = String(value);
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
