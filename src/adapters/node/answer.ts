import type { Duplex, Writable } from "node:stream";
import { failure, failureResponse } from "../../core/contract/failures.ts";
import { cut, endSoon } from "./ending.ts";
import { writeBody } from "./request.ts";

/** How an answer is sent instead of opening a socket. */
export interface Sending {
  readonly stream: Duplex;
  /** Sends the head, and returns what the body is written to. Throws for a head that can't be sent. */
  begin(answer: Response): Writable;
  /** Milliseconds in which the client must have taken all of it. */
  readonly ms: number;
  /** Told why an answer could not be sent as it is, and became a 500, or why its body broke off. */
  failed(error: unknown): void;
}

/** Sends an answer, and ends the stream; one that is gone is left alone. Never throws. */
export function sendAnswer(answer: Response, sending: Sending): void {
  const { stream, ms } = sending;
  if (!stream.writable) {
    cut(stream);
    return;
  }
  const timer = setTimeout(() => cut(stream), ms);
  write(answer, sending)
    .then(
      () => endSoon(stream, 1000),
      () => cut(stream),
    )
    .catch(() => stream.destroy())
    .finally(() => clearTimeout(timer));
}

/** Resolves when it is written; rejects when either side breaks off. */
async function write(answer: Response, sending: Sending): Promise<void> {
  const [to, body] = begun(answer, sending);
  await writeBody(body && watched(body, sending.failed), to);
}

/** A body that tells when it fails by itself, which is not the client's leaving. */
async function* watched(body: ReadableStream<Uint8Array>, failed: Sending["failed"]): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    failed(error);
    throw error;
  }
}

function begun(answer: Response, { begin, failed }: Sending): [Writable, Response["body"]] {
  try {
    if (answer.bodyUsed || answer.body?.locked)
      throw new TypeError("the body of the answer has been read already, or is being read");
    return [begin(answer), answer.body];
  } catch (error) {
    failed(error);
    const instead = failureResponse(failure("HANDLER_ERROR"));
    return [begin(instead), instead.body];
  }
}
