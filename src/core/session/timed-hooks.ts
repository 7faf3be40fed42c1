import type { SocketDefinition } from "../contract/definition.ts";
import { type HookName, isWanted, type Observer } from "../contract/observer.ts";
import { awaitable } from "../contract/thenable.ts";
import type { SessionInternals } from "./internals.ts";

/** The hooks of open sockets. */
export type HookFunctions = Pick<SocketDefinition, HookName>;

/** A definition's hooks; each tells how long it took, where an observer wants that. */
export function hooksOf(definition: SocketDefinition, observe: Observer): HookFunctions {
  return isWanted("hook", definition, observe) ? timed(definition) : definition;
}

const made = new WeakMap<SocketDefinition, HookFunctions>();

function timed(definition: SocketDefinition): HookFunctions {
  const known = made.get(definition);
  if (known) return known;
  const hooks = Object.fromEntries(
    NAMES.filter((name) => definition[name]).map((name) => [name, timing(name, definition)]),
  );
  made.set(definition, hooks);
  return hooks;
}

const NAMES: readonly HookName[] = ["open", "message", "close", "error"];

/** A hook as it is, but for what it tells when it has ended. */
function timing(
  name: HookName,
  definition: SocketDefinition,
): (socket: SessionInternals, argument: unknown) => unknown {
  const hook = definition[name] as (this: SocketDefinition, socket: SessionInternals, argument: unknown) => unknown;
  return (socket, argument) => {
    const begun = socket.platform.now();
    const told = (failed: boolean): void =>
      socket.tell({ type: "hook", socket: socket.id, hook: name, ms: socket.platform.now() - begun, failed });
    try {
      const result = hook.call(definition, socket, argument);
      const pending = awaitable(result);
      if (pending) return settling(pending, told);
      told(false);
      return result;
    } catch (error) {
      told(true);
      throw error;
    }
  };
}

function settling(pending: PromiseLike<unknown>, told: (failed: boolean) => void): Promise<void> {
  return Promise.resolve(pending).then(
    () => told(false),
    (error) => {
      told(true);
      throw error;
    },
  );
}
