import { isReservedCode, type RpcFailure } from "./wire.ts";

/**
 * What a method throws to answer with an error of its own: `throw new RpcError(409, "the name is taken", { name })`. Everything else that
 * it throws is answered INTERNAL_ERROR, and nothing of it is told. The constructor throws a RangeError for a code that is no whole number,
 * or is reserved by JSON-RPC 2.0 §5.1: -32768 to -32000.
 */
export class RpcError extends Error {
  /** What it is known by: another copy of the package has another class. */
  readonly type = "onesocket.rpc-error";
  readonly code: number;
  /** More about it, as JSON. */
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcError";
    checkCode(code);
    this.code = code;
    this.data = data;
  }
}

function checkCode(code: number): void {
  if (!Number.isSafeInteger(code)) throw new RangeError(`an error's code is a whole number, not ${code}`);
  if (isReservedCode(code)) throw new RangeError(`-32768 to -32000 are reserved by JSON-RPC 2.0, ${code} among them`);
}

/** What the client is told of something that was thrown; undefined where that is nothing. Throws for what can't be read. */
export function failureOf(error: unknown): RpcFailure | undefined {
  const { type, code, message, data } = (error ?? {}) as Partial<RpcError>;
  if (type !== "onesocket.rpc-error" || code === undefined) return undefined;
  checkCode(code);
  return { code, message: String(message), data };
}
