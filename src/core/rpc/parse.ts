import type { RpcId, RpcParams, RpcRequest } from "./wire.ts";

/** A message, as JSON-RPC 2.0 sees its text. */
export type RpcMessage =
  /** Not JSON. */
  | { readonly kind: "broken" }
  /** JSON, and nothing in it says that it is JSON-RPC 2.0. */
  | { readonly kind: "other" }
  | { readonly kind: "call"; readonly call: Call }
  /** Its items are looked at one by one: `callOf`. */
  | { readonly kind: "batch"; readonly items: readonly unknown[] };

/** One item: a request or a notification; an answer to what was never asked, which is ignored; or invalid. */
export type Call = RpcRequest | "answer" | { readonly invalid: RpcId };

const BROKEN: RpcMessage = { kind: "broken" };
const OTHER: RpcMessage = { kind: "other" };

/** Reads a text. */
export function parse(text: string): RpcMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return BROKEN;
  }
  if (Array.isArray(value)) return value.some(isOurs) ? { kind: "batch", items: value } : OTHER;
  return isOurs(value) ? { kind: "call", call: callOf(value) } : OTHER;
}

function isOurs(value: unknown): boolean {
  return (value as Partial<RpcRequest> | null | undefined)?.jsonrpc === "2.0";
}

/**
 * What an item is. JSON-RPC 2.0 §4: a method's name is a string, params are a list or an object, an id is a string, a number or null. §5: of
 * what is invalid the id is told if there is one. An answer is never answered, or two peers could do so for ever.
 */
export function callOf(item: unknown): Call {
  const { id, method, params } = (item ?? {}) as Record<keyof RpcRequest, unknown>;
  const invalid = { invalid: isId(id) ? id : null };
  if (!isOurs(item)) return invalid;
  if (method === undefined && isAnswer(item as object)) return "answer";
  const isValid = typeof method === "string" && isParams(params) && (id === undefined || isId(id));
  return isValid ? (item as RpcRequest) : invalid;
}

function isParams(params: unknown): params is RpcParams | undefined {
  return params === undefined || (typeof params === "object" && params !== null);
}

/** A number that is no safe one would not be the same in the answer. */
function isId(id: unknown): id is RpcId {
  return typeof id === "string" || id === null || (typeof id === "number" && Math.abs(id) <= Number.MAX_SAFE_INTEGER);
}

function isAnswer(item: object): boolean {
  return "result" in item || "error" in item;
}

/**
 * Whether a value that came as this text has a key `__proto__`, which some ways of copying take for the prototype. The text tells
 * mostly that it has none: written out, or by an escape.
 */
export function isPoisoned(value: unknown, text: string): boolean {
  return (text.includes("__proto__") || text.includes("\\u")) && hasProto(value);
}

function hasProto(value: unknown): boolean {
  const left: unknown[] = [value];
  // Not by recursion: it may be nested as deep as a message is long.
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    if (Object.hasOwn(next, "__proto__")) return true;
    for (const item of Object.values(next)) left.push(item);
  }
  return false;
}
