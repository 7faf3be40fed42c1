import { parentPort } from "node:worker_threads";
import type { Upstream } from "../upstream.ts";
import { SharedFlow, take } from "./flow.ts";
import type { Place } from "./thread.ts";

/** The way from a thread to the main thread, which is there as long as the thread is. */
export function toMain({ up, down }: Place): Upstream {
  const port = parentPort!;
  port.on("message", (message) => take(down, message));
  return {
    isThere: true,
    flow: new SharedFlow((message) => port.postMessage(message), up),
    send(message, written = () => {}) {
      port.postMessage(message);
      written(null);
    },
    listen(receive) {
      port.on("message", receive);
      return () => void port.off("message", receive);
    },
  };
}
