import { isCancelled } from "../contract/cancelled.ts";
import type { SocketDefinition } from "../contract/definition.ts";
import type { HookName } from "../contract/observer.ts";
import type { CloseEvent, Message, Socket } from "../contract/socket.ts";
import { awaitable, finished } from "../contract/thenable.ts";
import { Backlog } from "./backlog.ts";
import type { Hooks, SessionInternals } from "./internals.ts";
import { closeFor } from "./lifecycle.ts";
import type { HookFunctions } from "./timed-hooks.ts";

type Hook<Argument> = (this: SocketDefinition, socket: Socket, argument: Argument) => unknown;

/** Runs a socket's hooks one at a time: the next begins when the promise that the last one returned has settled. */
export class HookQueue implements Hooks {
  readonly #socket: SessionInternals;
  readonly #hooks: HookFunctions;
  running: HookName | undefined;
  /** Counts the hooks, so that one that was given up is known as such when it ends after all. */
  turn = 0;
  backlog: Backlog | undefined;
  /** Whether something waits for the hook that runs. */
  #awaited = false;
  /** Set when nothing may follow but what waits and the `close` hook: what makes that hook's event, until it is called. */
  #close: (() => CloseEvent) | "called" | undefined;
  /** One promise for all who wait: thousands that hang on one another would settle by a recursion as deep. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** `hooks`: its definition's, or what times those. */
  constructor(socket: SessionInternals, hooks: HookFunctions) {
    this.#socket = socket;
    this.#hooks = hooks;
  }

  /** Resolves when nothing runs and nothing waits; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (this.running === undefined) return undefined;
    this.#awaited = true;
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  open(): void {
    this.#run("open", this.#hooks.open, undefined);
    if (this.#awaited) this.#runWaiting();
  }

  /** Runs `message`, now or in its turn. False when more wait than may. */
  message(data: Message): boolean {
    // Not split further: engines inline calls only so deep, and with two more Bun 1.4.5 (2026-11) takes 2 % longer for an echo.
    if (this.running !== undefined) return this.#enqueue(data);
    this.#run("message", this.#hooks.message, data);
    if (this.#awaited) this.#runWaiting();
    return true;
  }

  close(event: () => CloseEvent): void {
    this.#close = event;
    this.#awaited = this.running !== undefined;
    if (this.#awaited) this.#socket.move("HOOK_PENDING");
    else this.#runWaiting();
  }

  giveUp(): void {
    this.running = undefined;
    this.turn += 1;
    this.#runWaiting();
  }

  #enqueue(data: Message): boolean {
    this.#awaited = true;
    this.backlog ??= new Backlog(this.#socket);
    return this.backlog.push(data);
  }

  #run<Argument>(name: HookName, hook: Hook<Argument> | undefined, argument: Argument): void {
    this.running = name;
    this.turn += 1;
    let result: unknown;
    try {
      result = hook?.call(this.#socket.definition, this.#socket, argument);
    } catch (error) {
      result = this.#handleError(error);
    }
    if (result === undefined) this.running = undefined;
    else this.#wait(result);
  }

  /** Waits for what a hook returned, if that is a promise. */
  #wait(result: unknown): void {
    const pending = awaitable(result);
    if (pending) this.#settle(pending, this.turn).catch((error) => this.report(error));
    else this.running = undefined;
  }

  async #settle(pending: PromiseLike<unknown>, turn: number): Promise<void> {
    try {
      await pending;
    } catch (error) {
      if (turn === this.turn) await this.#handleError(error);
      else this.report(error);
    }
    if (turn !== this.turn) return;
    this.running = undefined;
    this.#runWaiting();
  }

  /** A hook threw: the `error` hook deals with that, or else the socket is closed. Never throws, and what it returns never rejects. */
  #handleError(error: unknown): Promise<void> | undefined {
    // Before `close` begins the signal has aborted: what it cut off there was never done.
    if (this.running !== "close" && isCancelled(this.#socket.signal, error)) return undefined;
    const { error: hook } = this.#hooks;
    try {
      if (!hook) throw error;
      this.running = "error";
      const pending = awaitable(hook.call(this.#socket.definition, this.#socket, error));
      return pending && finished(pending, (second) => this.#fail(second));
    } catch (second) {
      return void this.#fail(second);
    }
  }

  #fail(error: unknown): void {
    this.#tell(error);
    this.#socket.move("CLOSE", closeFor("INTERNAL"));
  }

  /** Tells observers of an error that no `error` hook deals with, unless it is only that the socket has gone. */
  report(error: unknown): void {
    if (!isCancelled(this.#socket.signal, error)) this.#tell(error);
  }

  #tell(error: unknown): void {
    this.#socket.tell({ type: "error", error, socket: this.#socket.id });
  }

  /** Runs what waits, as long as hooks return synchronously. */
  #runWaiting(): void {
    while (this.running === undefined && this.#runNext());
    if (this.running !== undefined) return;
    this.#awaited = false;
    this.backlog?.watch.end();
    if (this.#close) this.#socket.move("HOOKS_ENDED");
    if (this.backlog?.paused) this.#socket.readOn();
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Runs the hook whose turn it is; false if there is none. */
  #runNext(): boolean {
    const data = this.backlog?.shift();
    const close = this.#close;
    if (data !== undefined) this.#run("message", this.#hooks.message, data);
    else if (typeof close !== "function") return false;
    else {
      this.#close = "called";
      this.#run("close", this.#hooks.close, close());
    }
    if (this.#close && this.running !== undefined) this.#socket.move("HOOK_PENDING");
    return true;
  }
}
