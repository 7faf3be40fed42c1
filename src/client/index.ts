import { type Address, socketUrl } from "./address.ts";
import { SocketClient } from "./client.ts";
import type { ConnectOptions } from "./options.ts";
import type { Client } from "./types.ts";

export type { Address } from "./address.ts";
export { RequestError, type RequestErrorCode } from "./errors.ts";
export type { ClientFailure, ClientFailureCode } from "./failures.ts";
export type { RequestOptions } from "./message-queue.ts";
export type { Asked, Backoff, ClientHeartbeat, ConnectOptions } from "./options.ts";
export type { Status } from "./status.ts";
export type { Client, ClientEvents } from "./types.ts";

/**
 * Connects to a socket, and again whenever the connection is lost, until the server says that it does not want this client or `close`
 * is called. `connect<typeof chat>("/chat/lobby")` knows the methods and notifications of `chat`. A relative URL is relative to the page;
 * http: and https: stand for ws: and wss:. A function is asked at every attempt. Throws a TypeError for a URL that is none and for an
 * option that there is none of, a RangeError for a number that makes no sense; all that goes wrong later is in `status.failure`.
 */
export function connect<Definition = unknown>(address: Address, options: ConnectOptions = {}): Client<Definition> {
  if (typeof address !== "function" && !socketUrl(address)) {
    throw new TypeError("connect takes a ws: or wss: URL");
  }
  return new SocketClient(address, options) as unknown as Client<Definition>;
}
