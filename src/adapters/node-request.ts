import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import type { HeaderSource } from "../core/headers.ts";

/** The headers of a Node request as the core reads them. */
export class NodeHeaders implements HeaderSource {
  readonly #headers: IncomingMessage["headers"];

  constructor(request: IncomingMessage) {
    this.#headers = request.headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const name in this.#headers) yield [name, this.get(name) ?? ""];
  }
}

/** The URL that the client asked for, as far as Host tells; one that makes no sense becomes that of localhost. */
export function requestUrl(request: IncomingMessage): string {
  const scheme = (request.socket as TLSSocket).encrypted ? "https" : "http";
  const target = request.url ?? "/";
  const base = `${scheme}://${request.headers.host ?? "localhost"}`;
  return (
    (URL.parse(target.startsWith("/") ? base + target : target) ?? URL.parse(target, `${scheme}://localhost`))?.href ??
    base
  );
}

/** The web's form of a request without a body. */
export function toRequest(request: IncomingMessage, url: string, signal: AbortSignal | null): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    headers.append(request.rawHeaders[i]!, request.rawHeaders[i + 1]!);
  }
  return new Request(url, { method: request.method ?? "GET", headers, signal });
}

/** Writes a web response. Resolves when it is written; rejects when the body or the client breaks off. */
export async function writeResponse(response: Response, to: ServerResponse): Promise<void> {
  const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
  for (const [name, value] of headers) to.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) to.setHeader("set-cookie", cookies);
  to.writeHead(response.status, response.statusText || undefined);
  if (response.body && to.req.method !== "HEAD") await pipeline(response.body, to);
  else await new Promise<void>((resolve) => to.end(resolve));
}
