import type { None } from "./notify.ts";
import type { Room, Socket } from "./socket.ts";

/** What happens to a room itself. Each hook may be async. What one throws, or rejects with, is told as the event `error`, unless it says otherwise. */
export interface RoomHooks<State = unknown, Env = unknown, Notifications = None> {
  /**
   * Somebody has entered, and nobody was there; or the room has woken from hibernation (`woken`), with its members and without what was in its
   * memory. Finished before any hook of its members is run. What it throws is what those hooks throw (M5): without an `error` hook the sockets are closed with
   * 1011; who enters next has it run again.
   */
  open?(room: Room<State, Env, Notifications>, how: { readonly woken: boolean }): unknown;
  /** The last one has left, and its hooks have ended. Finished before `open` is run again. */
  empty?(room: Room<State, Env, Notifications>): unknown;
  /**
   * The time has come that `room.setAlarm` was given, whether or not somebody is there. One that fails rings again after 2 s, 4 s and so on, six times, unless
   * it has set another. `retryCount`: how often it has failed before.
   */
  alarm?(room: Room<State, Env, Notifications>, how: { readonly retryCount: number }): unknown;
}

/** The names of a room's hooks. */
export const ROOM_HOOKS: readonly string[] = ["open", "empty", "alarm"] satisfies (keyof RoomHooks)[];

/** Which hook of a socket is to run: its first, its last, or another one. */
export type Moment = "open" | "message" | "close";

/** A room with its life, which handlers don't see. */
export interface Living {
  readonly life: {
    /** Runs the room's `open` unless it has run. Returns a promise while it runs. */
    opened(before: Moment): Promise<void> | undefined;
  };
}

type Hook = (this: unknown, socket: Socket, argument: never) => unknown;

/** A hook of a socket that is run once its room's `open` has ended. */
export function afterOpen<Own extends Hook>(own: Own | undefined, name: Moment): Hook {
  return function hook(this: unknown, socket, argument) {
    const run = () => own?.call(this, socket, argument);
    const opening = name === "close" ? opened(socket) : lifeOf(socket).opened(name);
    return opening ? opening.then(run) : run();
  };
}

/** Runs the room's `open` before a socket's `close`, which is run whether or not that fails. */
function opened(socket: Socket): Promise<void> | undefined {
  const told = (error: unknown) => socket.waitUntil(Promise.reject(error));
  try {
    return lifeOf(socket).opened("close")?.catch(told);
  } catch (error) {
    return void told(error);
  }
}

function lifeOf({ room }: Socket): Living["life"] {
  return (room as unknown as Living).life;
}
