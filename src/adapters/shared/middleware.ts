import type { Attempt } from "../../core/upgrade/attempt.ts";
import { Exchange, exchangeFor } from "../../core/upgrade/exchange.ts";
import { misaddressed } from "../../core/upgrade/failed.ts";
import type { Outcome } from "../../core/upgrade/outcome.ts";
import type { ExecutionContext } from "../../core/upgrade/serve.ts";

/** What a middleware is given: Hono's `Context`, as far as it is used here. */
export interface MiddlewareContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  readonly executionCtx: ExecutionContext;
  get res(): Response;
  set res(response: Response | undefined);
}

/** A middleware that Hono's `MiddlewareHandler` accepts. */
export type Middleware = (c: MiddlewareContext, next: () => Promise<void>) => Promise<void>;

/** How a runtime serves the requests that pass a middleware. */
export interface MiddlewareHost {
  attempt(c: MiddlewareContext): Attempt;
  /** Carries out what was decided. Undefined where the runtime has sent the 101 by itself. */
  respond(outcome: Outcome, c: MiddlewareContext, attempt: Attempt): Response | undefined | Promise<Response>;
  /** What comes with this request alone, and with what replaces it where an app is mounted; absent where the runtime has none. */
  contextOf?(c: MiddlewareContext): object | undefined;
}

/** The `sockets()` of all runtimes: opens the sockets that the routes behind it decide on. */
export function middleware(host: MiddlewareHost): Middleware {
  return async (c, next) => {
    if (exchangeFor(c.req.raw)?.attempt.isRehearsal) return next();
    const attempt = host.attempt(c);
    const refused = misaddressed(attempt.headers, attempt.host.observe);
    if (refused) {
      c.res = refused.response;
      return;
    }
    const exchange = new Exchange(attempt, c.req.raw, host.contextOf?.(c));
    try {
      await next();
    } catch (error) {
      exchange.giveUp();
      throw error;
    }
    const response = await host.respond(exchange.settle(c.res), c, attempt);
    if (response === c.res) return;
    // Hono copies a response that replaces another: the headers of that, and no socket. So nothing is replaced.
    c.res = undefined;
    c.res = response ?? new Response(null);
  };
}
