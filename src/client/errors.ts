/**
 * Why a request has no result. A number is a server's answer, the code of JSON-RPC 2.0 §5.1. `UNKNOWN_OUTCOME`: the request was sent, and the
 * connection ended before an answer: it may have been carried out, or not, and is not sent again. `TIMEOUT`: no answer in time. `QUEUE_FULL`: too
 * much waits for a connection. `CLOSED`: the client is closed. And why a loop over messages was ended: `SLOW_CONSUMER`, it was too far behind.
 */
export type RequestErrorCode = number | "UNKNOWN_OUTCOME" | "TIMEOUT" | "QUEUE_FULL" | "CLOSED" | "SLOW_CONSUMER";

/** What a request rejects with. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  declare readonly code: RequestErrorCode;
  /** Whether the request was sent. What was not will not be. */
  declare readonly sent: boolean;
  /** What the server's error object has beside code and message. */
  declare readonly data: unknown;
  constructor(code: RequestErrorCode, sent: boolean, message: string = `${code}`, data?: unknown) {
    super(message);
    Object.assign(this, { code, sent, data });
  }
}
