import type { Traffic } from "../contract/observer.ts";
import type { Message } from "../contract/socket.ts";

const encoder = new TextEncoder();

/** What went over a socket both ways. */
export interface TwoWay {
  readonly received: Tally;
  readonly sent: Tally;
}

/** Counts the messages of one socket, one way. */
export class Tally implements Traffic {
  messages = 0;
  bytes = 0;

  add(message: Message): void {
    this.messages += 1;
    this.bytes += typeof message === "string" ? encoder.encode(message).length : message.length;
  }
}
