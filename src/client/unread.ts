import type { Message } from "../core/contract/socket.ts";
import { RequestError } from "./errors.ts";
import type { Status } from "./status.ts";

/** Characters and bytes. A thousand messages may come in one turn of the event loop, to a reader who is quick. */
const MOST_UNREAD = 2 ** 24;

/** A client, as the source of messages. */
interface Source extends EventTarget {
  readonly status: Status;
}

/** A client's messages from the first `next()` on, until it is closed, or too much is unread. */
export async function* unreadOf(source: Source): AsyncGenerator<Message, void, void> {
  const unread: Message[] = [];
  const done = new AbortController();
  let left = MOST_UNREAD;
  let wake: (() => void) | undefined;
  const add = (event: Event): void => {
    const { data } = event as MessageEvent<Message>;
    left -= data.length;
    if (left > 0) unread.push(data);
    else done.abort();
    wake?.();
  };
  source.addEventListener("message", add, done);
  source.addEventListener("status", () => wake?.(), done);
  try {
    for (;;) {
      const next = unread.shift();
      if (next !== undefined) {
        left += next.length;
        yield next;
      } else if (done.signal.aborted) throw new RequestError("SLOW_CONSUMER", false);
      else if (source.status.state === "closed") return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    done.abort();
  }
}
