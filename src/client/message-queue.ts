import type { Message } from "../core/contract/socket.ts";
import { type RpcResponse, toParams } from "../core/rpc/wire.ts";
import { RequestError, type RequestErrorCode } from "./errors.ts";
import { checkNumber, type Settings } from "./options.ts";

/** What one request may be given beside its params. */
export interface RequestOptions {
  /** Milliseconds until it is given up, waiting for a connection included; less than 2^31, or a RangeError. Default: `requestMs` of the client. */
  readonly timeoutMs?: number | undefined;
  /** Gives it up when it aborts; what was sent may still be carried out. */
  readonly signal?: AbortSignal | undefined;
}

/** Messages leave at once where there is a connection; else they wait for one, in order and bounded. It also knows the requests that have no answer yet. */
export interface MessageQueue {
  /** False when it is not taken. Bytes may wait: nobody else may write to them. */
  send(data: Message): boolean;
  notify(method: string, params: unknown): boolean;
  /** Resolves with the result. Rejects with a {@link RequestError}, or the signal's reason. */
  request(method: string, params: unknown, options?: RequestOptions): Promise<unknown>;
  /** An answer has come. One that nobody waits for any more is dropped. */
  answered(response: RpcResponse): void;
  /** There is a connection. */
  flush(): void;
  /** The connection has ended: nobody knows what became of the requests that were sent. The others wait for the next one. */
  lost(): void;
  /** There will be no other connection. */
  close(): void;
}

/** A message to send. */
interface Outgoing {
  data: Message;
  sent?: boolean;
}

/** A request, and what settles its promise. */
interface Call extends Outgoing {
  fail(code: RequestErrorCode): void;
  answer(response: RpcResponse): void;
}

/** `put`: sends a message; false while there is no connection. */
export function messageQueue({ queue, requestMs }: Settings, put: (data: Message) => boolean): MessageQueue {
  const calls = new Map<unknown, Call>();
  let waiting: Outgoing[] = [];
  let closed = false;
  let lastId = 0;

  const enqueue = (one: Outgoing): boolean => {
    one.sent = !closed && put(one.data);
    if (one.sent) return true;
    if (closed || waiting.length >= queue) return false;
    waiting.push(one);
    return true;
  };
  const write = (method: string, params: unknown, id?: number): string =>
    JSON.stringify({ jsonrpc: "2.0", id, method, params: toParams(params) });
  /** `unsent`: what becomes of those that were not sent; if nothing, they wait. */
  const lose = (unsent?: RequestErrorCode): void => {
    for (const { sent, fail } of calls.values()) if (sent || unsent) fail(sent ? "UNKNOWN_OUTCOME" : unsent!);
  };
  return {
    send: (data) => enqueue({ data }),
    notify: (method, params) => enqueue({ data: write(method, params) }),
    request(method, params, { timeoutMs = requestMs, signal } = {}) {
      signal?.throwIfAborted();
      checkNumber("timeoutMs", timeoutMs);
      const { promise, resolve, reject } = Promise.withResolvers();
      const id = ++lastId;
      const done = <Value>(settle: (value: Value) => void, value: Value): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        calls.delete(id);
        waiting = waiting.filter((one) => one !== call);
        settle(value);
      };
      const fail = (code: RequestErrorCode, message?: string, data?: unknown): void =>
        done(reject, new RequestError(code, !!call.sent, message, data));
      const call: Call = {
        data: write(method, params, id),
        fail,
        answer: ({ error, result }) => (error ? fail(error.code, error.message, error.data) : done(resolve, result)),
      };
      const abort = (): void => done(reject, signal?.reason);
      const timer = setTimeout(fail, timeoutMs, "TIMEOUT");
      signal?.addEventListener("abort", abort);
      calls.set(id, call);
      if (!enqueue(call)) fail(closed ? "CLOSED" : "QUEUE_FULL");
      return promise;
    },
    answered: (response) => calls.get(response.id)?.answer(response),
    flush() {
      while (waiting[0] && put(waiting[0].data)) waiting.shift()!.sent = true;
    },
    lost: () => lose(),
    close() {
      closed = true;
      lose("CLOSED");
      waiting = [];
    },
  };
}
