import type { CloseEvent as SocketCloseEvent } from "../core/contract/socket.ts";

/** Node 22 has no CloseEvent, and Node no ErrorEvent: an Event with their fields stands for them. */
export function closeEvent({ code, reason, wasClean }: SocketCloseEvent): CloseEvent {
  const init = { code, reason, wasClean };
  return globalThis.CloseEvent ? new CloseEvent("close", init) : Object.assign(new Event("close"), init);
}

/** As handlers take an error: with it as `error`. */
export function errorEvent(error: unknown): Event {
  return Object.assign(new Event("error"), { error, message: error instanceof Error ? error.message : String(error) });
}

/** With the socket as its target, though no EventTarget dispatched it: that would keep what listeners throw to itself. */
export function targeted(event: Event, owner: object): Event {
  for (const [name, value] of Object.entries({ target: owner, currentTarget: owner, eventPhase: 2 }))
    Object.defineProperty(event, name, { value, configurable: true });
  return event;
}

/**
 * A MessageEvent by its prototype only, with all members of its own: one is made for each message, and Node 24's own constructor takes longer
 * than all else that a message needs.
 */
export class LightMessageEvent {
  readonly data: unknown;
  readonly target: object;

  constructor(data: unknown, owner: object) {
    if (!isLinked) link();
    this.data = data;
    this.target = owner;
  }

  get type(): string {
    return "message";
  }

  get origin(): string {
    return "";
  }

  get lastEventId(): string {
    return "";
  }

  get source(): null {
    return null;
  }

  get ports(): readonly never[] {
    return NO_PORTS;
  }

  get eventPhase(): number {
    return 2;
  }

  get bubbles(): boolean {
    return false;
  }

  get cancelable(): boolean {
    return false;
  }

  get composed(): boolean {
    return false;
  }

  get defaultPrevented(): boolean {
    return false;
  }

  get returnValue(): boolean {
    return true;
  }

  get isTrusted(): boolean {
    return true;
  }

  get cancelBubble(): boolean {
    return false;
  }

  get timeStamp(): number {
    return performance.now();
  }

  get currentTarget(): object {
    return this.target;
  }

  get srcElement(): object {
    return this.target;
  }

  preventDefault(): void {}
  stopPropagation(): void {}
  stopImmediatePropagation(): void {}

  composedPath(): object[] {
    return [this.target];
  }
}

const NO_PORTS: readonly never[] = [];

let isLinked = false;

/** With the first message: Node makes its MessageEvent when that is first used, and with it all of fetch, which takes 40 ms. */
function link(): void {
  isLinked = true;
  Object.setPrototypeOf(LightMessageEvent.prototype, MessageEvent.prototype);
}
