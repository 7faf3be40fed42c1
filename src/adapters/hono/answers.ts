import type { Context } from "hono";

/**
 * Puts on a response what `c.header()` set before, as Hono does with responses of its own making: what the response says itself
 * stands, and cookies add up. In place, since Bun 1.4.5 (2026-11) loses the implied content type of a text that is copied.
 */
export function withContextHeaders(c: Context, response: Response): Response {
  const result = changeable(response);
  const own = result.headers.getSetCookie();
  for (const [name, value] of c.newResponse(null).headers) {
    if (name === "set-cookie") result.headers.append(name, value);
    else if (name !== "content-type" && !result.headers.has(name)) result.headers.set(name, value);
  }
  if (own.length > 0) lastCookies(result.headers, own);
  return result;
}

/** The response, or a copy where its headers can't be changed, as those of a fetched one. */
function changeable(response: Response): Response {
  try {
    response.headers.delete("onesocket-none");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}

/** A browser takes the last of two cookies of one name. */
function lastCookies(headers: Headers, last: readonly string[]): void {
  const first = headers.getSetCookie().slice(last.length);
  headers.delete("set-cookie");
  for (const cookie of [...first, ...last]) headers.append("set-cookie", cookie);
}

/** The methods by which a context makes answers. */
type AnswerMethods = Record<
  "body" | "text" | "json" | "html" | "redirect" | "newResponse",
  (...args: unknown[]) => unknown
>;

/**
 * Tells the status of each answer that the context makes from now on, and whether the app had none before: then the route makes it
 * itself, or Hono for a route that returned nothing. After a route has answered, Hono hears of a middleware's answer only if it is
 * set as `c.res` or thrown, and nothing else shows that one was returned.
 */
export function watchAnswers(c: Context, answered: (status: number, isFirst: boolean) => void): void {
  const methods = c as unknown as AnswerMethods;
  const { body, text, json, html, redirect, newResponse } = methods;
  const watched = (made: unknown) => {
    // What `html` promises is not waited for.
    const { status } = (made ?? {}) as Partial<Response>;
    if (status !== undefined) answered(status, !c.finalized);
    return made;
  };
  // One by one: by names in a variable it takes four times as long, and by a function that makes them twice as long.
  methods.body = (...args) => watched(body(...args));
  methods.text = (...args) => watched(text(...args));
  methods.json = (...args) => watched(json(...args));
  methods.html = (...args) => watched(html(...args));
  methods.redirect = (...args) => watched(redirect(...args));
  methods.newResponse = (...args) => watched(newResponse(...args));
}
