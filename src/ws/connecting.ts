import type { Decision, Handlers, SocketOptions, UpgradeContext, UpgradeResult } from "../core/contract/definition.ts";
import { DEFAULT_LIMITS } from "../core/contract/limits.ts";
import type { Socket } from "../core/contract/socket.ts";
import { jsonBytes } from "../core/contract/state.ts";
import { awaitable } from "../core/contract/thenable.ts";
import { said } from "../core/upgrade/result.ts";
import { keepAwake } from "./awake.ts";
import { carrying } from "./opening.ts";
import { failed, SocketView } from "./socket-view.ts";

/** What those who use a view do with it. */
export interface Connecting {
  readonly options: Pick<SocketOptions, "upgrade" | "error" | "name" | "limits">;
  /** Stays awake in a Durable Object while it is open. */
  readonly awake: boolean;
  /** A socket has opened. */
  open(view: SocketView, socket: Socket): unknown;
  /** A socket has woken that an object's memory knew; absent where nobody can say what it was. */
  readonly wake?: ((view: SocketView, socket: Socket) => unknown) | undefined;
  closed?(view: SocketView): void;
}

/** A definition's hooks, for who wants a view of each socket and nothing else. */
export function hooksOf(connecting: Connecting): Handlers & Required<Pick<SocketOptions, "upgrade">> {
  const views = new WeakMap<Socket, SocketView>();
  const viewOf = (socket: Socket) => {
    const view = new SocketView(socket, (error) => fail(connecting, socket, error));
    views.set(socket, view);
    return view;
  };
  const woken = (socket: Socket) => {
    if (!connecting.wake) return forgotten(socket, connecting.options.name);
    const view = viewOf(socket);
    view.begin(connecting.wake(view, socket));
    return view;
  };
  return {
    upgrade: (request, context) => decided(connecting.options, request, context),
    open(socket) {
      if (connecting.awake) keepAwake(socket);
      const view = viewOf(socket);
      view.begin(connecting.open(view, socket));
    },
    message: (socket, data) => (views.get(socket) ?? woken(socket))?.received(data),
    close(socket, event) {
      const view = views.get(socket);
      if (!view) return;
      connecting.closed?.(view);
      view.closed(event);
    },
  };
}

/** What a listener's promise rejected with goes where a hook's would. */
function fail({ options }: Connecting, socket: Socket, error: unknown): void {
  if (!options.error) {
    failed(socket, error);
    return;
  }
  const dealt = Promise.resolve().then(() => options.error?.(socket, error));
  socket.waitUntil(dealt.catch((second) => failed(socket, second)));
}

/** What a library knew of this socket was in the memory of an object that has slept, or was started anew. */
function forgotten(socket: Socket, name: string): undefined {
  const told = `a socket of ${JSON.stringify(name)} woke from hibernation, and what its library knew of it was gone: it was closed with 1012.`;
  const fix =
    "Set hibernate: false to keep the object awake while its sockets are open, or restore it in wake(ws, context)";
  socket.waitUntil(Promise.reject(new Error(`${told} ${fix}`)));
  socket.close(1012, "HIBERNATED");
}

function decided(
  { upgrade, limits }: Connecting["options"],
  request: Request,
  context: UpgradeContext,
): UpgradeResult<unknown> | Promise<UpgradeResult<unknown>> {
  const { stateBytes = DEFAULT_LIMITS.stateBytes } = limits ?? {};
  const given = (result: unknown) => carried(request, context, result, stateBytes);
  const result: unknown = upgrade?.(request, context);
  return awaitable(result) ? Promise.resolve(result).then(given) : given(result);
}

function carried(
  request: Request,
  { from }: UpgradeContext,
  result: unknown,
  stateBytes: number,
): UpgradeResult<unknown> {
  const what = said(result);
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
