import { type Decision, type Refusal, refuse } from "../contract/definition.ts";
import { isHollow, isPlainObject, isResponse } from "../contract/shapes.ts";
import { checkSendable } from "../protocol/headers.ts";

/** What `upgrade` returned or threw, or what a route passed, by its kind. `invalid` is none of what they may give. */
export type ParsedResult =
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "response"; readonly response: Response }
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "invalid"; readonly value: unknown };

const NOTHING: ParsedResult = { kind: "decision", decision: {} };

/**
 * Recognises by its shape what a hook returned or threw: another realm, another package, another copy of this one have classes
 * of their own. Only nothing and a plain object with a decision's fields are a decision, for a decision opens a socket. Never throws.
 */
export function parseResult(value: unknown): ParsedResult {
  if (value === undefined) return NOTHING;
  try {
    if (typeof value !== "object" || value === null) return { kind: "invalid", value };
    const refusal = refusalOf(value);
    if (refusal) return { kind: "refusal", refusal };
    if (isResponse(value)) return { kind: "response", response: nativeOf(value) };
    if (isPlainObject(value) && Reflect.ownKeys(value).every(isField)) return { kind: "decision", decision: value };
  } catch {
    // A getter, a proxy or a body that was read already.
  }
  return { kind: "invalid", value };
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

/** The fields of a decision. */
export const FIELDS: readonly string[] = ["room", "state", "protocol", "until", "headers"] satisfies (keyof Decision)[];

function isField(key: PropertyKey): boolean {
  return (FIELDS as readonly unknown[]).includes(key);
}
