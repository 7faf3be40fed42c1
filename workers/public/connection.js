// The page's connection, by onesocket/client: it comes back, finds out that a connection which looks open is dead, and says why.

import { connect } from "./client.js";

/** @import { Client, Status } from "onesocket/client" */
/** @import { chat } from "../chat.ts" */

/**
 * @typedef {{ kind: "connecting" | "open" | "offline" | "stopped" } | { kind: "waiting", until: number, why: string }} State
 * `until` is in milliseconds, as Date.now() counts; `why` is a code, of failures or of a Close.
 */

/** What a page asks for when it comes in: all that the server keeps. */
const HISTORY = 200;

export class Connection {
  #on;
  #isOffline = false;
  /** Whether something can be missed. */
  #wasOpen = false;
  /** @type {State} */
  #state = { kind: "connecting" };

  /**
   * @param {() => Promise<string>} url asked at each attempt
   * @param {{ state(state: State): void, gap(): void, refused(code: number): void }} on
   * `gap`: something was missed that nobody knows any more; `refused` is told of the close code of a server that does not want us back.
   */
  constructor(url, on) {
    this.#on = on;
    // What is said without a connection is kept by the page, which shows it as such.
    /** @type {Client<typeof chat>} */
    this.client = connect(url, { queue: 0, history: HISTORY });
    this.client.addEventListener("status", () => this.#changed());
    addEventListener("online", () => this.#network(true));
    addEventListener("offline", () => this.#network(false));
  }

  get isOpen() {
    return this.#state.kind === "open";
  }

  /** Connects now, unless it is connected or stopped. */
  retry() {
    this.client.retry();
  }

  #network(/** @type {boolean} */ isOnline) {
    this.#isOffline = !isOnline;
    if (this.#state.kind !== "stopped") this.#changed();
  }

  #changed() {
    const { state, recovered, failure } = this.client.status;
    if (this.#wasOpen && recovered === false) this.#on.gap();
    this.#wasOpen ||= state === "open";
    this.#state = this.#isOffline && state !== "closed" ? { kind: "offline" } : stateOf(this.client.status);
    this.#on.state(this.#state);
    if (state === "closed") this.#on.refused(failure?.closeCode ?? 1000);
  }
}

/** @returns {State} */
function stateOf(/** @type {Status} */ { state, failure, retryAt = 0 }) {
  if (state === "waiting") return { kind: state, until: retryAt, why: `${failure?.closeCode ?? failure?.code}` };
  return { kind: state === "closed" ? "stopped" : state };
}
