import { parentPort } from "node:worker_threads";
import type { Upstream } from "../upstream.ts";
import type { ThreadData } from "./thread.ts";
import { countReceived, ThreadSender } from "./thread-sender.ts";

/** The way from a thread to the main thread, which is there as long as the thread is. */
export function toMain({ up, down }: ThreadData): Upstream {
  const port = parentPort!;
  port.on("message", (message) => countReceived(down, message));
  return {
    isThere: true,
    batches: new ThreadSender((message) => port.postMessage(message), up),
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
