// The page's connection, by onesocket/client: it comes back, finds out that a connection which looks open is dead, and says why.

import { connect } from "./client.js";

/** @import { Client, Status } from "onesocket/client" */
/** @import { ClientMessage, ServerMessage } from "../protocol.ts" */

/**
 * @typedef {{ kind: "connecting" | "open" | "offline" | "stopped" } | { kind: "waiting", until: number, why: string }} State
 * `until` is in milliseconds, as Date.now() counts; `why` is a code, of failures or of a Close.
 */

export class Connection {
  #url;
  #on;
  /** @type {Client | undefined} */
  #client;
  /** @type {State} */
  #state = { kind: "stopped" };

  /**
   * @param {string} url
   * @param {{ state(state: State): void, message(message: ServerMessage): void, refused(code: number): void }} on
   * `refused` is told of the close code of a server that does not want us back.
   */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    addEventListener("online", () => this.#state.kind === "offline" && this.start());
    addEventListener("offline", () => this.#state.kind !== "stopped" && this.#leave({ kind: "offline" }));
  }

  get state() {
    return this.#state;
  }

  /** Connects now, unless it is connected or stopped. */
  retry() {
    if (this.#state.kind === "offline") this.start();
    else this.#client?.retry();
  }

  start() {
    this.#leave({ kind: "connecting" });
    // What is said without a connection is kept by the page, which shows it as such.
    const client = connect(this.#url, { queue: 0, heartbeat: { text: { ping: "ping", pong: "pong" } } });
    this.#client = client;
    client.addEventListener("status", () => client === this.#client && this.#changed(client.status));
    client.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#on.message(JSON.parse(data));
    });
  }

  /** False when it isn't open: the message is still the caller's. */
  send(/** @type {ClientMessage} */ message) {
    return this.#state.kind === "open" && this.#client?.send(JSON.stringify(message)) === true;
  }

  #changed(/** @type {Status} */ { state, failure, retryAt = 0 }) {
    if (state === "closed") this.#refuse(failure?.closeCode ?? 1000);
    else if (state === "waiting" && !navigator.onLine) this.#leave({ kind: "offline" });
    else if (state === "waiting")
      this.#enter({ kind: state, until: retryAt, why: `${failure?.closeCode ?? failure?.code}` });
    else this.#enter({ kind: state });
  }

  #refuse(/** @type {number} */ code) {
    this.#leave({ kind: "stopped" });
    this.#on.refused(code);
  }

  #leave(/** @type {State} */ state) {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
    this.#enter(state);
  }

  #enter(/** @type {State} */ state) {
    this.#state = state;
    this.#on.state(state);
  }
}
