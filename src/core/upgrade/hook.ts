import { isCancelled } from "../contract/cancelled.ts";
import type { Decision, SocketDefinition } from "../contract/definition.ts";
import { type Failure, type FailureCode, failure } from "../contract/failures.ts";
import { awaitable, finished } from "../contract/thenable.ts";
import type { Attempt } from "./attempt.ts";
import { handlerError } from "./failed.ts";
import { type ParsedResult, parseResult } from "./result.ts";

/** What came of asking the hook: what it returned or threw, or why it gave nothing. */
export type HookResult = ParsedResult | { readonly kind: "failed"; readonly failure: Failure };

/** Asks a definition's `upgrade`, if it has one. A throw is a value from here on; what is promised never rejects. */
export function askUpgrade(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
): HookResult | Promise<HookResult> {
  if (!definition.upgrade) return parseResult(undefined);
  const { host, remoteAddress } = attempt;
  const controller = new AbortController();
  // What ends by its signal is no failure, and nobody waits for what it is called then.
  const failed = (error: unknown) =>
    isCancelled(controller.signal, error) ? failure("CLIENT_GONE") : handlerError(error, host.observe, definition);
  /** A Response or a refusal, thrown, is an answer; all else is a mistake. */
  const thrown = (error: unknown): HookResult => {
    const result = parseResult(error);
    return result.kind === "response" || result.kind === "refusal"
      ? result
      : { kind: "failed", failure: failed(error) };
  };
  try {
    const result: unknown = definition.upgrade(attempt.request(), {
      env: host.env,
      from,
      remoteAddress,
      signal: controller.signal,
      waitUntil: (work) => host.waitUntil(finished(work, failed)),
    });
    const pending = awaitable(result);
    return pending ? bounded(pending, thrown, attempt, definition.limits.upgradeMs, controller) : parseResult(result);
  } catch (error) {
    return thrown(error);
  }
}

/** Waits for an async hook, but no longer than `ms` milliseconds, nor than the client does: then it is told by the controller. */
function bounded(
  pending: PromiseLike<unknown>,
  thrown: (error: unknown) => HookResult,
  { gone, host }: Attempt,
  ms: number,
  controller: AbortController,
): Promise<HookResult> {
  return new Promise((resolve) => {
    const finish = (settled: HookResult) => {
      cancel();
      gone?.removeEventListener("abort", leave);
      resolve(settled);
    };
    const fail = (code: FailureCode) => {
      finish({ kind: "failed", failure: failure(code) });
      controller.abort();
    };
    const leave = () => fail("CLIENT_GONE");
    const cancel = host.platform.after(ms, () => fail("HANDSHAKE_TIMEOUT"));
    // Not `Promise.resolve`, which looks at a promise's `constructor` first, and throws what that throws.
    new Promise((settle) => settle(pending)).then(
      (result) => finish(parseResult(result)),
      (error) => finish(thrown(error)),
    );
    if (gone?.aborted) leave();
    else gone?.addEventListener("abort", leave);
  });
}
