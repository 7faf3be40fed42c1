import type { Writable } from "node:stream";
import { failure, failureResponse } from "../../core/contract/failures.ts";
import { cut, endSoon } from "./ending.ts";
import type { Opening } from "./opening.ts";
import { writeBody } from "./request.ts";

/** Is told why an answer became a 500, since it could not be sent as it is, or why its body broke off. */
type Failed = (error: unknown) => void;

/** Sends an answer, and ends the stream; one that is gone is left alone. `ms`: within which the client must have taken all of it. Never throws. */
export function sendAnswer(answer: Response, opening: Opening, ms: number, failed: Failed): void {
  const { stream } = opening;
  if (!stream.writable) {
    cut(stream);
    return;
  }
  const timer = setTimeout(() => cut(stream), ms);
  write(answer, opening, failed)
    .then(
      () => endSoon(stream, 1000),
      () => cut(stream),
    )
    .catch(() => stream.destroy())
    .finally(() => clearTimeout(timer));
}

/** Resolves when it is written; rejects when either side breaks off. */
async function write(answer: Response, opening: Opening, failed: Failed): Promise<void> {
  const [to, body] = begun(answer, opening, failed);
  await writeBody(body && watched(body, failed), to);
}

/** A body that tells when it fails by itself, which is not the client's leaving. */
async function* watched(body: ReadableStream<Uint8Array>, failed: Failed): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    failed(error);
    throw error;
  }
}

function begun(answer: Response, opening: Opening, failed: Failed): [Writable, Response["body"]] {
  try {
    if (answer.bodyUsed || answer.body?.locked) throw new TypeError("the answer's body is read already");
    return [opening.begin(answer), answer.body];
  } catch (error) {
    failed(error);
    const instead = failureResponse(failure("HANDLER_ERROR"));
    return [opening.begin(instead), instead.body];
  }
}
