import type { Context, Env as HonoEnv, Input, TypedResponse } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { type Decision, isDefinition, type SocketDefinition } from "../../core/contract/definition.ts";
import { describe } from "../../core/contract/describe.ts";
import { HONO_FAILURES } from "../../core/contract/failure-texts.ts";
import { addFailures } from "../../core/contract/failures.ts";
import type { Frozen } from "../../core/contract/state.ts";
import { exchangeFor } from "../../core/upgrade/exchange.ts";
import { RouteDecision, withoutHost } from "../../core/upgrade/route-decision.ts";
import { consoleObserver } from "../shared/console.ts";
import { isOurs } from "../shared/listeners.ts";
import { watchAnswers, withContextHeaders } from "./answers.ts";
import { hostLine } from "./host-line.ts";
import { routeOf } from "./route-path.ts";

addFailures(HONO_FAILURES);

/** What a route answers with: `hc` offers `$ws` for a GET route of this type. */
export type UpgradeResponse = Response & TypedResponse<unknown, StatusCode, "ws">;

/**
 * Decides a route's WebSocket request; the host opens the socket after the app has returned, if this is still the
 * response then. Validates before anything else. `from` is the decision, but for what the definition's `upgrade` returns.
 * What was set through `c.header()` is on the 101. Without a host the answer is 500 `NO_HOST`.
 */
export async function upgrade<
  State,
  Env,
  From,
  E extends HonoEnv & { Bindings?: Env },
  Path extends string,
  I extends Input,
>(
  c: Context<E, Path, I>,
  definition: SocketDefinition<State, Env, From>,
  from?: Decision<Frozen<NoInfer<From>>>,
): Promise<UpgradeResponse> {
  if (!isDefinition(definition))
    throw new TypeError(`upgrade takes a definition, not ${describe(definition)}: ${WHAT_IT_TAKES}`);
  const decision = decisionOf(c);
  // Before it decides: the app may have answered by then, where its route waits for nothing.
  if (decision) watchAnswers(c, decision.answered);
  let accepted: Response | undefined;
  const standIn = (headers: Record<string, string>) => {
    accepted = c.newResponse(null, 200, headers);
    return accepted;
  };
  const decided = decision?.decide(definition, from, () => routeOf(c), standIn);
  const response = decided
    ? // Most are there, and to wait takes a turn of the microtasks.
      "then" in decided
      ? await decided
      : decided
    : withoutHost(definition, c.req.raw, isAttached(c.env) ? () => {} : consoleObserver, hostLine(definition.name));
  // A native 101 can't be made anew, and the stand-in was made by Hono.
  return (
    response === accepted || response.status === 101 ? response : withContextHeaders(c, response)
  ) as UpgradeResponse;
}

const WHAT_IT_TAKES = "make one by defineSocket; handlers such as onMessage go to upgradeWebSocket(() => handlers)";

/** What Node's servers give an app, by `@hono/node-server`: `server` is Node's own word for who took the connection. */
interface NodeEnv {
  /** There where `@hono/node-server` asks about an upgrade. */
  readonly wss?: unknown;
  readonly incoming?: { readonly socket?: { readonly server?: Partial<Listened> } };
}

interface Listened {
  listeners(event: "upgrade"): object[];
}

/** Whether `attach` hears of the same request: `@hono/node-server` 2.1.8 (2026-11), given a `websocket`, asks the app of each too. */
function isAttached(env: unknown): boolean {
  const { wss, incoming } = (env ?? {}) as NodeEnv;
  return wss !== undefined && (incoming?.socket?.server?.listeners?.("upgrade").some(isOurs) ?? false);
}

type RouteContext = { readonly req: { readonly raw: Request }; readonly executionCtx: object };

/** `app.mount` replaces the request, and leaves the execution context. */
function decisionOf(c: RouteContext): RouteDecision | undefined {
  const exchange = exchangeFor(c.req.raw, executionContextOf(c));
  return exchange && RouteDecision.of(exchange);
}

function executionContextOf(c: RouteContext): object | undefined {
  try {
    return c.executionCtx;
  } catch {
    // Hono's getter throws where there is none.
    return undefined;
  }
}
