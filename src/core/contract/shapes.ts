// What is known by its shape: another realm, another package, another copy of this one have classes of their own.

/** An object literal, or what JSON made: of any realm, but of no class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether it is a Response. Never throws but for what a getter throws. */
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

/** Whether it is what `defineSocket` returns: a name, and limits, which no app has. */
export function hasDefinitionShape(value: unknown): value is { readonly name: string; readonly limits: object } {
  const { name, limits } = (value ?? {}) as { readonly name?: unknown; readonly limits?: unknown };
  return typeof value === "object" && typeof name === "string" && typeof limits === "object";
}
