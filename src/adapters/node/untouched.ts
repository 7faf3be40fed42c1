/** What a response of `@hono/node-server` (2.1.8) was made of, until somebody looks at more of it. */
type ResponseCache = readonly [status: number, body: unknown, headers: unknown];

/** The symbol under which such a response has that; undefined until one was seen. */
let key: symbol | undefined;

/**
 * Whether nobody has looked at the headers of a response that was made with these. Its own of `@hono/node-server`, which stands for the
 * web's as soon as that is loaded, makes them when they are asked for, which takes as long as a handshake's validation. False for all others.
 */
export function isUntouched(response: Response, headers: object): boolean {
  key ??= Object.getOwnPropertySymbols(response).find(({ description }) => description === "cache");
  const cache = key && (response as unknown as Record<symbol, ResponseCache | undefined>)[key];
  return cache !== undefined && cache[0] === 200 && cache[1] === null && cache[2] === headers;
}
