import type { SessionHost } from "../core/session/host.ts";
import type { Attempt } from "../core/upgrade/attempt.ts";
import { peerOf, remoteAddress } from "../core/upgrade/remote-address.ts";
import { HTTP1 } from "../core/upgrade/validate.ts";
import type { TestConnectOptions } from "./types.ts";

/** Where paths are. */
const BASE = "http://localhost";

/** The URL that is asked for; ws: and wss: stand for http: and https:. Throws a TypeError for none. */
export function urlOf(url: string): URL {
  const parsed = URL.parse(url, BASE);
  if (!parsed || !/^(http|ws)s?:$/.test(parsed.protocol))
    throw new TypeError(`connect takes a path such as /chat/lobby?name=ada, or a ws: URL, not ${JSON.stringify(url)}`);
  return new URL(parsed.href.replace(/^ws/, "http"));
}

/** The header lines of a handshake. */
export function handshakeHeaders({ host }: URL, { headers = {}, protocols, origin }: TestConnectOptions): Headers {
  const lines = new Headers({
    host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))),
  });
  if (protocols !== undefined && protocols.length > 0)
    lines.set("sec-websocket-protocol", [protocols].flat().join(", "));
  if (origin !== undefined) lines.set("origin", origin);
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) lines.delete(name);
    else lines.set(name, value);
  }
  return lines;
}

/** A request as it comes. */
export type TestRequest = Pick<Attempt, "url" | "method" | "headers" | "gone" | "request">;

/** A request, with all headers of a handshake: a `Request` keeps some of them to itself. `gone`: aborts when the client goes away. */
export function testRequest(request: Request, headers: Headers, gone: AbortSignal | undefined): TestRequest {
  const { url, method } = request;
  return { url, method, headers, gone, request: () => request };
}

/** An attempt, as all runtimes make one of a request. `address`: where it comes from. */
export function rehearsal(host: SessionHost, request: TestRequest, address: string): Attempt {
  const { headers } = request;
  return {
    ...request,
    host,
    profile: HTTP1,
    httpVersion: "1.1",
    isRehearsal: true,
    remoteAddress: remoteAddress(address, headers, undefined),
    peer: peerOf(address, headers, undefined),
  };
}
