// A WebSocket that comes back: it waits longer after each failure, with jitter, and asks "ping" to find out
// that a connection which looks open is dead.

/** @import { ClientMessage, ServerMessage } from "../protocol.ts" */

/**
 * @typedef {{ kind: "connecting" | "open" | "offline" | "stopped" } | { kind: "waiting", until: number }} State
 * `until` is in milliseconds, as Date.now() counts.
 */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** A connection that held this long was a good one: the next wait is a short one again. */
const STEADY_AFTER = 10_000;
const OPEN_WITHIN = 10_000;
const PING_EVERY = 25_000;
const ANSWER_WITHIN = 10_000;

/** The wait before attempt n, from 0: doubled each time, and between half of that and all of it, by chance. */
export function wait(/** @type {number} */ attempt) {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return longest / 2 + (Math.random() * longest) / 2;
}

export class Connection {
  #url;
  #on;
  #attempt = 0;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {State} */
  #state = { kind: "stopped" };

  /**
   * @param {string} url
   * @param {{ state(state: State): void, message(message: ServerMessage): void, refused(code: number): void }} on
   * `refused` is told of a close code from 4000 on: trying again would not help.
   */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
  }

  get state() {
    return this.#state;
  }

  /** Connects now, unless it is connected or stopped. */
  retry() {
    if (this.#state.kind === "waiting" || this.#state.kind === "offline") this.start();
  }

  start() {
    this.#drop();
    this.#enter({ kind: "connecting" });
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(), OPEN_WITHIN);
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code }) => (code >= 4000 ? this.#refuse(code) : this.#lost());
  }

  /** False when it isn't open: the message is still the caller's. */
  send(/** @type {ClientMessage} */ message) {
    if (this.#state.kind !== "open") return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  #opened() {
    this.#enter({ kind: "open" });
    const attempt = this.#attempt;
    setTimeout(() => {
      if (this.#attempt === attempt && this.#state.kind === "open") this.#attempt = 0;
    }, STEADY_AFTER);
    this.#listen();
  }

  #received(/** @type {unknown} */ data) {
    this.#listen();
    if (typeof data === "string" && data !== "pong") this.#on.message(JSON.parse(data));
  }

  /** Whatever arrives is a sign of life; after a silence, ask for one. */
  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#socket?.send("ping");
      this.#timer = setTimeout(() => this.#lost(), ANSWER_WITHIN);
    }, PING_EVERY);
  }

  #lost() {
    if (this.#state.kind === "stopped") return;
    this.#drop();
    if (!navigator.onLine) return this.#enter({ kind: "offline" });
    const ms = wait(this.#attempt++);
    this.#timer = setTimeout(() => this.start(), ms);
    this.#enter({ kind: "waiting", until: Date.now() + ms });
  }

  #refuse(/** @type {number} */ code) {
    this.#drop();
    this.#enter({ kind: "stopped" });
    this.#on.refused(code);
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #enter(/** @type {State} */ state) {
    this.#state = state;
    this.#on.state(state);
  }
}
