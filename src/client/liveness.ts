import type { Settings } from "./options.ts";

/** A watch over one open connection. */
export interface Liveness {
  /** From here on the server is known to answer this text. */
  begin(ping: string): void;
  /** Something arrived: a sign of life. */
  received(): void;
  /** Asks now: there was a silence, the network has changed, or the page was asleep. */
  check(): void;
  stop(): void;
}

/** Watches a connection: after a silence the server is asked for a sign of life, and `dead` is told when none comes. */
export function liveness({ everyMs, timeoutMs }: Settings, send: (ping: string) => void, dead: () => void): Liveness {
  let last = Date.now();
  let text: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => clearTimeout(timer);
  const check = (): void => {
    if (!text) return;
    stop();
    const asked = Date.now();
    send(text);
    timer = setTimeout(() => (last < asked ? dead() : watch()), timeoutMs);
  };
  const watch = (): void => {
    const left = last + everyMs - Date.now();
    if (left > 0) timer = setTimeout(watch, left);
    else check();
  };
  return {
    begin(ping) {
      if (text) return;
      text = ping;
      watch();
    },
    received() {
      last = Date.now();
    },
    check,
    stop,
  };
}
