import type { Message } from "../core/contract/socket.ts";
import { type Address, destination } from "./address.ts";
import { nextAfter, waitMs } from "./backoff.ts";
import { type ClientFailure, clientFailure } from "./failures.ts";
import { type Ending, type Link, link } from "./link.ts";
import type { Settings } from "./options.ts";
import type { Status } from "./status.ts";
import { why } from "./why.ts";

/** A connection that held this long was a good one: the next wait is a short one again. */
const STEADY_MS = 10_000;

/** Where a keeper's events go. */
export interface KeeperSink {
  /** There is another status. */
  changed(): void;
  opened(link: Link): void;
  received(data: Message): void;
  /** A connection that was open has ended. */
  lost(): void;
}

/** Keeps a connection: opens one, and after its end waits for as long as the end tells, and opens the next. */
export interface Keeper {
  readonly status: Status;
  /** The connection, or the attempt at one. */
  readonly link: Link | undefined;
  /** There is another status. */
  enter(state: Status["state"], more?: Omit<Status, "state">): void;
  /** For good. Throws what the platform throws for a code or a reason. */
  close(code?: number, reason?: string): void;
  /** Tries now, if it waits. `asked`: by the user, and not by what happens around. */
  retry(asked?: boolean): void;
  /** The page's Content-Security-Policy forbids connections to this origin. It may do so to the plain request alone, which then tells nothing. */
  forbid(origin: string | undefined): void;
  /** Until it is closed. Never rejects. */
  run(): Promise<void>;
}

export function keeper(address: Address, settings: Settings, { changed, opened, received, lost }: KeeperSink): Keeper {
  let status: Status = { state: "connecting" };
  let current: Link | undefined;
  const forbidden = new Set<string | undefined>();
  let wake: (() => void) | undefined;
  // A server that refuses is not asked sooner because a page is looked at.
  let patient = false;

  const isClosed = (): boolean => status.state === "closed";
  const enter: Keeper["enter"] = (state, more) => {
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
    try {
      current = link(url, protocols, received, () => {
        clearTimeout(timer);
        opened(current!);
      });
    } catch {
      // What the platform throws quotes the URL.
      return { failure: clientFailure("BAD_URL") };
    }
    const ending = await current.ended;
    if (ending.opened || isClosed()) return ending;
    const failure = settings.probe
      ? await why(url, ending.status, settings.openMs / 2, forbidden)
      : clientFailure("NOT_TOLD");
    return { failure: forbidden.has(url.origin) ? clientFailure("BLOCKED_BY_CSP") : failure };
  };

  /** Waits before the next attempt, or closes. */
  const rest = async (failure: ClientFailure, tries: number): Promise<void> => {
    // Whether another attempt may do better than one that was refused.
    const fresh = [address, settings.token, settings.protocols].some((one) => typeof one === "function");
    const next = nextAfter(failure, fresh, settings.retryOn);
    if (next === "stop") return enter("closed", { failure });
    const { retryAfterMs = 0 } = failure;
    const ms = Math.round(retryAfterMs + waitMs(next, tries, Math.random(), settings));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    patient = next === "peace" || retryAfterMs > 0;
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
    get link() {
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
      if (asked || !patient) wake?.();
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
        if (!isClosed()) await rest(failure!, tries);
      }
    },
  };
}
