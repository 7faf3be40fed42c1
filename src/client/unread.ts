import type { Message } from "../core/contract/socket.ts";
import { RequestError } from "./errors.ts";
import type { Status } from "./status.ts";

const MOST_UNREAD = 1_000;

/** What messages come from. */
interface Source extends EventTarget {
  readonly status: Status;
}

/** A client's messages from the first `next()` on, until it is closed, or too many are unread. */
export async function* unreadOf(source: Source): AsyncGenerator<Message, void, void> {
  const unread: Message[] = [];
  const done = new AbortController();
  let wake = (): void => {};
  const add = (event: Event): void => {
    if (unread.length <= MOST_UNREAD) unread.push((event as MessageEvent<Message>).data);
    wake();
  };
  source.addEventListener("message", add, done);
  source.addEventListener("status", () => wake(), done);
  try {
    while (unread.length <= MOST_UNREAD) {
      if (unread.length > 0) yield unread.shift()!;
      else if (source.status.state === "closed") return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    throw new RequestError("SLOW_CONSUMER", false);
  } finally {
    done.abort();
  }
}
