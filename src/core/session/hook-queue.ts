import type { SocketDefinition } from "../contract/definition.ts";
import type { HookName } from "../contract/observer.ts";
import type { CloseEvent, Message, Socket } from "../contract/socket.ts";
import { awaitable, finished } from "../contract/thenable.ts";
import { Backlog } from "./backlog.ts";
import { closeFor } from "./lifecycle.ts";
import type { Hooks, Owner } from "./owner.ts";
import type { HookFunctions } from "./timed-hooks.ts";

type Hook<Argument> = (this: SocketDefinition, socket: Socket, argument: Argument) => unknown;

/** Runs a socket's hooks one at a time: the next begins when the promise that the last one returned has settled. */
export class HookQueue implements Hooks {
  readonly #socket: Owner;
  readonly #hooks: HookFunctions;
  running: HookName | undefined;
  /** Changes with each hook, so that one that was given up is known as such when it ends after all. */
  turn = 0;
  backlog: Backlog | undefined;
  /** Something waits for the hook that runs. */
  #awaited = false;
  /** Nothing follows but what waits, and the `close` hook: what makes the event for that, until it is called. */
  #last: (() => CloseEvent) | "called" | undefined;
  /** One for all who wait: thousands of promises that hang on one another would settle by a recursion as deep. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** `hooks`: its definition's, or what times those. */
  constructor(socket: Owner, hooks: HookFunctions) {
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
    if (this.#awaited) this.#pump();
  }

  /** Runs `message`, now or in its turn. False when more wait than may. */
  message(data: Message): boolean {
    // All in one place: engines inline calls only so deep, and with two more Bun 1.4.5 (2026-11) takes 2 % longer for an echo.
    if (this.running !== undefined) return this.#enqueue(data);
    this.#run("message", this.#hooks.message, data);
    if (this.#awaited) this.#pump();
    return true;
  }

  close(event: () => CloseEvent): void {
    this.#last = event;
    this.#awaited = this.running !== undefined;
    if (this.#awaited) this.#socket.move("HOOK_PENDING");
    else this.#pump();
  }

  giveUp(): void {
    this.running = undefined;
    this.turn += 1;
    this.#pump();
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
      result = this.#failed(error);
    }
    if (result === undefined) this.running = undefined;
    else this.#wait(result);
  }

  /** For what a hook returned, if that is a promise. */
  #wait(result: unknown): void {
    const pending = awaitable(result);
    if (pending) this.#settle(pending, this.turn).catch((error) => this.report(error));
    else this.running = undefined;
  }

  async #settle(pending: PromiseLike<unknown>, turn: number): Promise<void> {
    try {
      await pending;
    } catch (error) {
      if (turn === this.turn) await this.#failed(error);
      else this.report(error);
    }
    if (turn !== this.turn) return;
    this.running = undefined;
    this.#pump();
  }

  /** `error` may deal with it; else the socket is closed. Never throws, and what it returns never rejects. */
  #failed(error: unknown): Promise<void> | undefined {
    const { error: hook } = this.#hooks;
    if (!hook) return void this.#close(error);
    this.running = "error";
    try {
      const pending = awaitable(hook.call(this.#socket.definition, this.#socket, error));
      return pending && finished(pending, (second) => this.#close(second));
    } catch (second) {
      return void this.#close(second);
    }
  }

  #close(error: unknown): void {
    this.report(error);
    this.#socket.move("CLOSE", closeFor("INTERNAL"));
  }

  /** Tells of an error that no `error` hook is told. */
  report(error: unknown): void {
    this.#socket.tell({ type: "error", error, socket: this.#socket.id });
  }

  /** Hands out what waits, as long as hooks return synchronously. */
  #pump(): void {
    while (this.running === undefined && this.#next());
    if (this.running !== undefined) return;
    this.#awaited = false;
    this.backlog?.watch.end();
    if (this.#last) this.#socket.move("RESTED");
    if (this.backlog?.paused) this.#socket.readOn();
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Begins what waits, if anything does; says whether it did. */
  #next(): boolean {
    const data = this.backlog?.shift();
    const last = this.#last;
    if (data !== undefined) this.#run("message", this.#hooks.message, data);
    else if (typeof last !== "function") return false;
    else {
      this.#last = "called";
      this.#run("close", this.#hooks.close, last());
    }
    if (this.#last && this.running !== undefined) this.#socket.move("HOOK_PENDING");
    return true;
  }
}
