import type { SocketDefinition } from "../contract/definition.ts";
import type { SessionHost } from "../session/host.ts";
import type { HandshakeProfile, HandshakeRequest } from "./validate.ts";

/** One request that may become a socket, and what its runtime knows about it. */
export interface Attempt extends HandshakeRequest {
  /** Who serves it, and its socket if it becomes one. */
  readonly host: SessionHost;
  readonly profile: HandshakeProfile;
  /** The client's address, or "". */
  readonly remoteAddress: string;
  /** Aborts when the client goes away, where the runtime tells. */
  readonly gone: AbortSignal | undefined;
  /**
   * Where a definition's sockets are counted: here, from the decision on, which is the default; here, but only once they open,
   * where a request may end without a word and would keep its place; or in another memory, which they live in.
   */
  counting?(definition: SocketDefinition): "decided" | "opened" | "elsewhere";
  /** There is no connection: a test asks. What an app has of its runtime's own, such as `sockets()`, leaves it to this host. */
  readonly isRehearsal?: boolean;
  /** The request for the `upgrade` hook; made only when there is one. */
  request(): Request;
}
