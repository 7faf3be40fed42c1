import type { Message } from "../core/contract/socket.ts";
import { type Address, destination } from "./address.ts";
import { nextAfter, waitMs } from "./backoff.ts";
import { type ClientConnection, type Ending, openConnection } from "./connection.ts";
import { type ClientFailure, clientFailure } from "./failures.ts";
import type { Settings } from "./options.ts";
import type { Status } from "./status.ts";
import { why } from "./why.ts";

/** Milliseconds. A connection that lasted this long was a good one: the next wait is a short one again. */
const STEADY_MS = 10_000;

/** Where a reconnector's events go. */
export interface ReconnectorSink {
  /** There is another status. */
  changed(): void;
  opened(connection: ClientConnection): void;
  received(data: Message): void;
  /** A connection that was open has ended. */
  lost(): void;
}

/** Keeps a client connected: opens a connection and, when it has ended, waits for as long as the failure asks for and opens the next. */
export interface Reconnector {
  readonly status: Status;
  /** The present connection, or the attempt at one. */
  readonly current: ClientConnection | undefined;
  /** There is another status. */
  enter(state: Status["state"], more?: Omit<Status, "state">): void;
  /** Closes for good. Throws what the platform throws for a code or a reason. */
  close(code?: number, reason?: string): void;
  /** Tries now, if it waits. `asked`: the user asked for it; otherwise the page was looked at, or the network is back. */
  retry(asked?: boolean): void;
  /** The page's Content-Security-Policy forbids connections to this origin. It may do so to the plain request alone, which then tells nothing. */
  forbid(origin: string | undefined): void;
  /** Connects, again and again, until it is closed. Never rejects. */
  run(): Promise<void>;
}

export function reconnector(
  address: Address,
  settings: Settings,
  { changed, opened, received, lost }: ReconnectorSink,
): Reconnector {
  let status: Status = { state: "connecting" };
  let current: ClientConnection | undefined;
  const forbidden = new Set<string | undefined>();
  let wake: (() => void) | undefined;
  // A server that refused is asked no sooner because the page is looked at.
  let isRefused = false;

  const isClosed = (): boolean => status.state === "closed";
  const enter: Reconnector["enter"] = (state, more) => {
    status = { state, ...more };
    changed();
  };

  /** One attempt, and the connection that it may become, to its end. */
  const attempt = async (): Promise<Ending> => {
    const { promise, resolve } = Promise.withResolvers<ClientFailure>();
    const timer = setTimeout(() => {
      resolve(clientFailure("OPTION_FAILED"));
      current?.drop();
    }, settings.openMs);
    const found = await Promise.race([destination(address, settings), promise]);
    const ending = await ("code" in found ? { failure: found } : connect(...found, timer));
    clearTimeout(timer);
    return ending;
  };

  const connect = async (url: URL, protocols: string[], timer: ReturnType<typeof setTimeout>): Promise<Ending> => {
    if (isClosed()) return {};
    let failure = clientFailure("NOT_TOLD");
    try {
      current = openConnection(url, protocols, received, () => {
        clearTimeout(timer);
        opened(current!);
      });
      const ending = await current.ended;
      if (ending.opened || isClosed()) return ending;
      if (settings.probe) failure = await why(url, ending.status, settings.openMs / 2, forbidden);
    } catch {
      // What the platform throws quotes the URL. Firefox 153 and WebKitGTK 2.50 (2026-11) throw where a policy forbids it too, and tell of that then.
      await new Promise((resolve) => setTimeout(resolve, 99));
      failure = clientFailure("BAD_URL");
    }
    return { failure: forbidden.has(url.origin) ? clientFailure("BLOCKED_BY_CSP") : failure };
  };

  /** Waits before the next attempt, or closes. */
  const pause = async (failure: ClientFailure, tries: number): Promise<void> => {
    // A function may give another URL or token, by which another attempt may do better than the one that was refused.
    const fresh = [address, settings.token, settings.protocols].some((one) => typeof one === "function");
    const next = nextAfter(failure, fresh, settings.retryOn);
    if (next === "stop") return enter("closed", { failure });
    const { retryAfterMs = 0 } = failure;
    const ms = Math.round(retryAfterMs + waitMs(next, tries, Math.random(), settings));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    isRefused = next === "peace" || retryAfterMs > 0;
    wake = resolve;
    enter("waiting", { failure, retryAt: Date.now() + ms });
    await promise;
    clearTimeout(timer);
    if (!isClosed()) enter("connecting", { failure });
  };

  return {
    get status() {
      return status;
    },
    get current() {
      return current;
    },
    enter,
    close(code, reason) {
      if (isClosed()) return;
      if (code) current?.socket.close(code, reason);
      enter("closed");
      current?.drop();
      wake?.();
    },
    retry(asked) {
      if (asked || !isRefused) wake?.();
    },
    forbid(origin) {
      forbidden.add(origin);
      // Chromium 156 (2026-11) tells the socket nothing of it.
      if (status.state === "connecting" && current?.socket.url.startsWith(`${origin}/`)) current.drop();
    },
    async run() {
      for (let tries = 0; !isClosed(); tries++) {
        const begun = Date.now();
        const { opened, failure } = await attempt();
        current = undefined;
        if (opened) lost();
        if (opened && Date.now() - begun >= STEADY_MS) tries = 0;
        if (!isClosed()) await pause(failure!, tries);
      }
    },
  };
}
