import type { Decision, SocketDefinition, UpgradeContext } from "../contract/definition.ts";
import { type Failure, type FailureCode, failure } from "../contract/failures.ts";
import { tellBoth } from "../contract/observer.ts";
import { awaitable, finished } from "../contract/thenable.ts";
import type { Attempt } from "./attempt.ts";
import { type Said, said } from "./result.ts";

/** What came of asking the hook: what it said, or why it said nothing. */
export type Settled = Said | { readonly kind: "failed"; readonly failure: Failure };

/** Asks a definition's `upgrade`, if it has one. A throw is a value from here on; what is promised never rejects. */
export function askUpgrade(
  definition: SocketDefinition,
  attempt: Attempt,
  from: Decision | undefined,
): Settled | Promise<Settled> {
  return definition.upgrade ? new Question(definition, attempt).ask(from) : said(undefined);
}

/** The user's code threw: observers are told, the client is not. */
export function handlerError(error: unknown, definition: SocketDefinition, { host }: Attempt): Failure {
  tellBoth(definition, host.observe, { type: "error", error });
  return failure("HANDLER_ERROR");
}

/** One call of the hook. */
class Question {
  readonly #definition: SocketDefinition;
  readonly #attempt: Attempt;
  readonly #controller = new AbortController();

  constructor(definition: SocketDefinition, attempt: Attempt) {
    this.#definition = definition;
    this.#attempt = attempt;
  }

  ask(from: Decision | undefined): Settled | Promise<Settled> {
    try {
      const result: unknown = this.#definition.upgrade?.(this.#attempt.request(), this.#context(from));
      const pending = awaitable(result);
      return pending ? this.#bounded(pending) : said(result);
    } catch (error) {
      return this.#thrown(error);
    }
  }

  #context(from: Decision | undefined): UpgradeContext {
    const { host, remoteAddress } = this.#attempt;
    return {
      env: host.env,
      from,
      remoteAddress,
      signal: this.#controller.signal,
      waitUntil: (work) => host.waitUntil(finished(work, (error) => void this.#failed(error))),
    };
  }

  /** A Response or a refusal, thrown, is an answer; all else is a mistake. */
  #thrown(error: unknown): Settled {
    const result = said(error);
    if (result.kind === "response" || result.kind === "refusal") return result;
    return { kind: "failed", failure: this.#failed(error) };
  }

  #failed(error: unknown): Failure {
    return handlerError(error, this.#definition, this.#attempt);
  }

  /** Waits for an async hook, but not past `limits.upgradeMs` nor the client's patience. */
  #bounded(pending: PromiseLike<unknown>): Promise<Settled> {
    const { gone, host } = this.#attempt;
    return new Promise((resolve) => {
      const finish = (settled: Settled) => {
        cancel();
        gone?.removeEventListener("abort", leave);
        resolve(settled);
      };
      const fail = (code: FailureCode) => {
        finish({ kind: "failed", failure: failure(code) });
        this.#controller.abort();
      };
      const leave = () => fail("CLIENT_GONE");
      const cancel = host.platform.after(this.#definition.limits.upgradeMs, () => fail("HANDSHAKE_TIMEOUT"));
      // Not `Promise.resolve`, which looks at a promise's `constructor` first, and throws what that throws.
      new Promise((settle) => settle(pending)).then(
        (result) => finish(said(result)),
        (error) => finish(this.#thrown(error)),
      );
      if (gone?.aborted) leave();
      else gone?.addEventListener("abort", leave);
    });
  }
}
