import { DurableObject } from "cloudflare:workers";
import { isDefinition, type SocketDefinition } from "../../core/contract/definition.ts";
import { describe } from "../../core/contract/describe.ts";
import type { NotificationRules, Payloads } from "../../core/contract/methods.ts";
import type { None } from "../../core/contract/notify.ts";
import type { Observer } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import type { Room, Socket } from "../../core/contract/socket.ts";
import { useName } from "../../core/rooms/names.ts";
import { hostObserver, isAskedOfProcess } from "../shared/host-observer.ts";
import { ObjectHost } from "./object-host.ts";
import type { MakePart } from "./shards/part.ts";
import type { ShardCall } from "./shards/wire.ts";
import type { RoomVerb, WorkerSocket } from "./types.ts";

/** Options of {@link durableRoom}. */
export interface DurableRoomOptions {
  /** Told what an operator may want to know. Default: what was refused or failed, with what to change, goes to the console. */
  readonly observe?: Observer | undefined;
  /**
   * Prints each message, event and decision to the console: nothing of what is in them, no URL, no header. Default: whether
   * `process.env` has `ONESOCKET_DEBUG=1`, which it can under `nodejs_compat`.
   */
  readonly debug?: boolean | undefined;
}

/** The program's own bindings where the definition says nothing about them: what `DurableObject` defaults to. */
type EnvOf<Env> = unknown extends Env ? (DurableObject extends DurableObject<infer Default> ? Default : never) : Env;

/** A room in a Durable Object. */
export interface ObjectRoom<State = unknown, Env = unknown, Notifications = None, Own = unknown>
  extends Room<State, Env, Notifications> {
  /** The Durable Object's state: its storage, SQL and alarm. */
  readonly raw: ConstructorParameters<typeof DurableObject>[0];
  /** The Durable Object itself, with what its class adds. */
  readonly object: Own;
}

/**
 * A socket in a Durable Object, for hooks that run there alone: `message(socket: ObjectSocket<State, Env, Own>)`, where `Own` has what
 * they use of the class. Import it as a type, and the definition still has no runtime in it.
 */
export interface ObjectSocket<State = unknown, Env = unknown, Own = unknown, Notifications = None>
  extends Socket<State, Env, Notifications> {
  readonly room: ObjectRoom<State, Env, Notifications, Own>;
}

/** A Durable Object that holds one room. What it does not name is the subclass's: RPC, storage. */
export interface DurableRoom<State = unknown, Env = unknown, Notifications = None> extends DurableObject<Env> {
  /** The room, with the sockets that hibernated too. */
  readonly room: ObjectRoom<State, Env, Notifications>;
  /** Takes the sockets that the Worker decided on. An override answers its own requests and returns `super.fetch(request)` for the rest. */
  fetch(request: Request): Response | Promise<Response>;
  webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): void | Promise<void>;
  webSocketClose(socket: WorkerSocket, code: number, reason: string, wasClean: boolean): void | Promise<void>;
  webSocketError(socket: WorkerSocket, error: unknown): void | Promise<void>;
  /**
   * Drops sockets that have been silent for too long, and closes those whose `until` is over. Called by an alarm, if the definition's
   * heartbeat has `sweepMs`, or a decision an `until`. An object has
   * one alarm: a subclass with an `alarm` of its own has it for itself, and calls `super.alarm()` when it wants the silent dropped. Where the definition's `room` has an `alarm` hook, each finds its own instead.
   */
  alarm(): void | Promise<void>;
  /** How `rooms(definition, env)` reaches the room. */
  onesocketCommand(verb: RoomVerb, args: readonly unknown[], definition: string): unknown;
  /** How the objects of one room reach each other, if it has several. */
  onesocketShard(call: ShardCall): unknown;
}

/** The class that {@link durableRoom} makes. */
export type DurableRoomClass<State = unknown, Env = unknown, Notifications = None> = new (
  ...args: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>
) => DurableRoom<State, EnvOf<Env>, Notifications>;

/**
 * The Durable Object of a definition's rooms, one object for each room, whose sockets hibernate:
 * `export class Chat extends durableRoom(chat) {}`. Throws a TypeError for what is no definition, for a name that stands for
 * another one in use, and for options that there are none of.
 */
export function durableRoom<State, Env, Rules extends NotificationRules = None>(
  definition: SocketDefinition<State, Env, unknown, unknown, Rules>,
  options: DurableRoomOptions = {},
): DurableRoomClass<State, Env, Payloads<Rules>> {
  return roomClass(definition, options, "durableRoom");
}

/** The same for a function `of` that says what part of a room each object has. */
export function roomClass<State, Env, Rules extends NotificationRules = None>(
  definition: SocketDefinition<State, Env, unknown, unknown, Rules>,
  options: DurableRoomOptions,
  of: string,
  makePart?: MakePart,
): DurableRoomClass<State, Env, Payloads<Rules>> {
  if (!isDefinition(definition)) throw new TypeError(`${of} takes a definition, not ${describe(definition)}`);
  checkNames(options, ["observe", "debug"] satisfies (keyof DurableRoomOptions)[], of);
  const observe = hostObserver(options, isAskedOfProcess);
  const rules = definition as unknown as SocketDefinition;
  useName(rules);

  class DefinedRoom extends DurableObject<EnvOf<Env>> {
    readonly #host: ObjectHost;

    constructor(...[ctx, env]: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>) {
      super(ctx, env);
      const { alarm } = this;
      const ownAlarm = alarm === DefinedRoom.prototype.alarm ? undefined : alarm.bind(this);
      this.#host = new ObjectHost(rules, ctx, { env, observe, object: this, ownAlarm, makePart });
      if (this.#host.ring) this.alarm = this.#host.ring;
    }

    get room(): ObjectHost["room"] {
      return this.#host.room;
    }

    override fetch(request: Request): Response {
      return this.#host.accept(request);
    }

    override webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): Promise<void> | undefined {
      return this.#host.receiveMessage(socket, data);
    }

    override webSocketClose(
      socket: WorkerSocket,
      code: number,
      reason: string,
      wasClean: boolean,
    ): Promise<void> | undefined {
      return this.#host.socketOf(socket)?.ended({ code, reason, wasClean });
    }

    override webSocketError(socket: WorkerSocket, error: unknown): Promise<void> | undefined {
      return this.#host.socketOf(socket)?.failed(error);
    }

    override alarm(): void | Promise<void> {
      this.#host.alarm();
    }

    onesocketCommand(verb: RoomVerb, args: readonly unknown[], definition: string): unknown {
      return this.#host.command(verb, args, definition);
    }

    onesocketShard(call: ShardCall): unknown {
      return this.#host.shard(call);
    }
  }
  return DefinedRoom as unknown as DurableRoomClass<State, Env, Payloads<Rules>>;
}
