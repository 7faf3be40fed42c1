import type { Decision, Handlers, SocketOptions, UpgradeContext, UpgradeResult } from "../core/contract/definition.ts";
import { DEFAULT_LIMITS } from "../core/contract/limits.ts";
import type { Socket } from "../core/contract/socket.ts";
import { jsonBytes } from "../core/contract/state.ts";
import { awaitable } from "../core/contract/thenable.ts";
import { parseResult } from "../core/upgrade/result.ts";
import { keepAwake } from "./awake.ts";
import { carrying } from "./opening.ts";
import { failed, SocketView } from "./socket-view.ts";

/** What a definition's hooks do with the view of each socket. */
export interface ViewHooks {
  readonly options: Pick<SocketOptions, "upgrade" | "error" | "name" | "limits">;
  /** Stays awake in a Durable Object while it is open. */
  readonly awake: boolean;
  /** A socket has opened. */
  open(view: SocketView, socket: Socket): unknown;
  /** A socket has woken from hibernation; absent where the library can't take it up again. */
  readonly wake?: ((view: SocketView, socket: Socket) => unknown) | undefined;
  closed?(view: SocketView): void;
}

/** The hooks of a definition whose sockets are used by their views alone. */
export function hooksOf(hooks: ViewHooks): Handlers & Required<Pick<SocketOptions, "upgrade">> {
  const views = new WeakMap<Socket, SocketView>();
  const viewOf = (socket: Socket) => {
    const view = new SocketView(socket, (error) => fail(hooks, socket, error));
    views.set(socket, view);
    return view;
  };
  const woken = (socket: Socket) => {
    if (!hooks.wake) return forgotten(socket, hooks.options.name);
    const view = viewOf(socket);
    view.begin(hooks.wake(view, socket));
    return view;
  };
  return {
    upgrade: (request, context) => askUpgrade(hooks.options, request, context),
    open(socket) {
      if (hooks.awake) keepAwake(socket);
      const view = viewOf(socket);
      view.begin(hooks.open(view, socket));
    },
    message: (socket, data) => (views.get(socket) ?? woken(socket))?.received(data),
    close(socket, event) {
      const view = views.get(socket);
      if (!view) return;
      hooks.closed?.(view);
      view.closed(event);
    },
  };
}

/** What a listener's promise rejects with goes to `error`, as what a hook throws does. */
function fail({ options }: ViewHooks, socket: Socket, error: unknown): void {
  if (!options.error) {
    failed(socket, error);
    return;
  }
  const dealt = Promise.resolve().then(() => options.error?.(socket, error));
  socket.waitUntil(dealt.catch((second) => failed(socket, second)));
}

/** Closes a socket that has woken: what its library knew of it was in the memory of an object that has slept, or was started anew. */
function forgotten(socket: Socket, name: string): undefined {
  const told = `a socket of ${JSON.stringify(name)} woke from hibernation, and what its library knew of it was gone: it was closed with 1012.`;
  const fix =
    "Set hibernate: false to keep the object awake while its sockets are open, or restore it in wake(ws, context)";
  socket.waitUntil(Promise.reject(new Error(`${told} ${fix}`)));
  socket.close(1012, "HIBERNATED");
}

function askUpgrade(
  { upgrade, limits }: ViewHooks["options"],
  request: Request,
  context: UpgradeContext,
): UpgradeResult<unknown> | Promise<UpgradeResult<unknown>> {
  const { stateBytes = DEFAULT_LIMITS.stateBytes } = limits ?? {};
  const given = (result: unknown) => withHeaders(request, context, result, stateBytes);
  const result: unknown = upgrade?.(request, context);
  return awaitable(result) ? Promise.resolve(result).then(given) : given(result);
}

function withHeaders(
  request: Request,
  { from }: UpgradeContext,
  result: unknown,
  stateBytes: number,
): UpgradeResult<unknown> {
  const what = parseResult(result);
  if (what.kind !== "decision") return result as Response;
  const decision: Decision = what.decision;
  const next = carrying(request, decision, decision.state ?? from?.state);
  if (jsonBytes(next.state) > stateBytes) return tooLarge(stateBytes);
  return next as UpgradeResult<unknown>;
}

/** RFC 6585 §5. */
function tooLarge(stateBytes: number): Response {
  return new Response(`the headers of this request and its state take more than ${stateBytes} bytes`, { status: 431 });
}
