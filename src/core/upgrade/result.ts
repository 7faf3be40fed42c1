import { type Decision, isDefinition, type Refusal, refuse } from "../contract/definition.ts";
import { meant } from "../contract/option-names.ts";
import { isPlainObject } from "../contract/state.ts";
import { checkSendable } from "../protocol/headers.ts";

/** What `upgrade`, or a route, has said. `odd` is nothing that it may say. */
export type Said =
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "response"; readonly response: Response }
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "odd"; readonly value: unknown };

const NOTHING: Said = { kind: "decision", decision: {} };

/**
 * Recognises by its shape what a hook returned or threw: another realm, another package, another copy of this one have classes
 * of their own. Only nothing and a plain object with a decision's fields are a decision, for a decision opens a socket. Never throws.
 */
export function said(value: unknown): Said {
  if (value === undefined) return NOTHING;
  try {
    if (typeof value !== "object" || value === null) return { kind: "odd", value };
    const refusal = refusalOf(value);
    if (refusal) return { kind: "refusal", refusal };
    if (isResponse(value)) return { kind: "response", response: nativeOf(value) };
    if (isPlainObject(value) && surplusOf(value).length === 0) return { kind: "decision", decision: value };
  } catch {
    // A getter, a proxy or a body that was read already.
  }
  return { kind: "odd", value };
}

/** What is told of something odd, in the server's log only. `known`: fields of an object that are not worth telling. */
export function describe(value: unknown, known: readonly unknown[] = FIELDS): string {
  try {
    return typeof value === "object" && value !== null ? describeObject(value, known) : describePrimitive(value);
  } catch {
    return "something that cannot be read";
  }
}

/**
 * The refusal that it is, whichever copy of the package made it. Read once: what was checked is what is sent, whatever a getter
 * says later. Throws for a code or a reason that no Close may carry.
 */
function refusalOf(value: object): Refusal | undefined {
  const { type, code, reason } = value as Refusal;
  if (type !== "onesocket.refusal") return undefined;
  if (typeof reason !== "string") throw new TypeError("a reason is a string");
  return refuse(code, reason);
}

/** Whether it is a Response, of whichever realm. Never throws but for what a getter throws. */
export function isResponse(value: unknown): value is Response {
  const { status, headers, text, clone } = (value ?? {}) as Partial<Response>;
  return (
    typeof status === "number" &&
    typeof headers?.get === "function" &&
    typeof text === "function" &&
    typeof clone === "function"
  );
}

/** Whether it says that a socket follows, and brings none: workerd's has it as `webSocket`, that of Deno answers the key. */
export function isHollow({ status, headers, webSocket }: Response & { readonly webSocket?: unknown }): boolean {
  return status === 101 && !webSocket && !headers.has("sec-websocket-accept");
}

/**
 * The same in the class that this runtime's server takes: one of its own stays as it is, subclasses too, and is not looked into.
 * Bun 1.4.5 (2026-11) forgets that a body was text when it is asked for the body. Throws for what cannot be sent:
 * `Response.error()`, a 101 without a socket, one whose body was read already, and a header with a control character.
 */
function nativeOf(response: Response): Response {
  const { status, statusText, headers, bodyUsed } = response;
  if (status < 101 || bodyUsed || isHollow(response)) throw new TypeError("it cannot be sent");
  checkSendable(headers);
  const decoded = response.url && headers.has("content-encoding");
  if (!decoded && Object.prototype.isPrototypeOf.call(Response.prototype, response)) return response;
  const fields = [...headers].filter(([name]) => !decoded || !ENCODED.test(name));
  return new Response(response.body, { status, statusText, headers: fields });
}

/** `fetch` decodes what was compressed, and leaves these as they came (Node 24, Bun 1.4.5, 2026-11): they are of other bytes. */
const ENCODED = /^content-(encoding|length)$/;

const FIELDS: readonly string[] = ["room", "state", "protocol", "until", "headers"] satisfies (keyof Decision)[];

function surplusOf(value: object, known: readonly unknown[] = FIELDS): readonly PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => !known.includes(key));
}

/** What may have been meant by a field that no decision has. */
function hint(field: string): string {
  if (field === "status") return ": an HTTP answer is a Response";
  return field === "code" ? ": a close code is refused with by refuse(code)" : meant(field, FIELDS);
}

function describePrimitive(value: unknown): string {
  if (typeof value === "function") return "a function";
  return typeof value === "string" ? `the string ${quoted(value)}` : String(value);
}

function describeObject(value: object, known: readonly unknown[]): string {
  if (isResponse(value))
    return isHollow(value)
      ? "a Response of status 101 that brings no socket"
      : "a Response that cannot be sent: of a network error, with a body that was read already, or with a control character in a header";
  if (isDefinition(value)) return `the definition ${quoted(value.name)}`;
  if (isPlainObject(value as unknown) && Reflect.ownKeys(value).length === 0) return "an empty object";
  if (isPlainObject(value as unknown))
    return `an object with ${
      surplusOf(value, known)
        .map((key) => quoted(key) + (known === FIELDS ? hint(String(key)) : ""))
        .join(", ") || "fields that cannot be read"
    }`;
  const { name, message } = value as { readonly name?: unknown; readonly message?: unknown };
  const error = typeof message === "string" && typeof name === "string";
  if (error) return `an error: ${quoted(`${name}: ${message}`)}`;
  if (Array.isArray(value)) return "an array";
  const { name: type } = (value.constructor ?? {}) as { readonly name?: unknown };
  return typeof type === "string" && type !== "" && type !== "Object" ? `a ${type}` : "an object of a class";
}

function quoted(value: PropertyKey): string {
  const text = String(value);
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
