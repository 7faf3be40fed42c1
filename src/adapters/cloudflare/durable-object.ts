import { DurableObject } from "cloudflare:workers";
import { isDefinition, type SocketDefinition } from "../../core/contract/definition.ts";
import { type Failure, failure } from "../../core/contract/failures.ts";
import { patienceMs } from "../../core/contract/heartbeat.ts";
import { checkObserver, type Observer } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import { READY_STATE, type Room } from "../../core/contract/socket.ts";
import { nameTaken, takeName, useName } from "../../core/rooms/names.ts";
import { LiveRoom } from "../../core/rooms/room.ts";
import { Capacity, type CountLimit, isCounted } from "../../core/session/capacity.ts";
import { Session, type SessionHost } from "../../core/session/session.ts";
import type { Snapshot } from "../../core/session/snapshot.ts";
import { overloaded } from "../../core/upgrade/negotiate.ts";
import { refusal } from "../../core/upgrade/refusal.ts";
import { describe } from "../../core/upgrade/result.ts";
import { isHandshakeAttempt } from "../../core/upgrade/validate.ts";
import { consoleObserver } from "../shared/console.ts";
import { platform } from "../shared/platform.ts";
import { switching } from "./answers.ts";
import { attachedSnapshot, attachmentOf, readSnapshot, type SentSnapshot } from "./attachment.ts";
import { ObjectSocket } from "./object-socket.ts";
import { ended, failed, socketPair } from "./socket.ts";
import type { AutoResponse, ObjectState, WorkerSocket } from "./types.ts";

declare const WebSocketRequestResponsePair: new (request: string, response: string) => AutoResponse;

/** Options of {@link durableRoom}. */
export interface DurableRoomOptions {
  /** Told what an operator may want to know. Default: what was refused or failed, with what to change, goes to the console. */
  readonly observe?: Observer | undefined;
}

/** The program's own bindings where the definition says nothing about them: what `DurableObject` defaults to. */
type EnvOf<Env> = unknown extends Env ? (DurableObject extends DurableObject<infer Default> ? Default : never) : Env;

/** A room in a Durable Object. */
export interface ObjectRoom<State = unknown, Env = unknown> extends Room<State, Env> {
  /** The Durable Object's state. */
  readonly raw: ConstructorParameters<typeof DurableObject>[0];
}

/** A Durable Object that holds one room. What it does not name is the subclass's: RPC, storage. */
export interface DurableRoom<State = unknown, Env = unknown> extends DurableObject<Env> {
  /** The room, with the sockets that hibernated too. */
  readonly room: ObjectRoom<State, Env>;
  /** Takes the sockets that the Worker decided on. An override answers its own requests and returns `super.fetch(request)` for the rest. */
  fetch(request: Request): Response | Promise<Response>;
  webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): void | Promise<void>;
  webSocketClose(socket: WorkerSocket, code: number, reason: string, wasClean: boolean): void | Promise<void>;
  webSocketError(socket: WorkerSocket, error: unknown): void | Promise<void>;
  /**
   * Drops sockets that have been silent for too long. Called by an alarm, if the definition's heartbeat has `sweepMs`. An object has
   * one alarm: a subclass with an `alarm` of its own has it for itself, and calls `super.alarm()` when it wants the silent dropped.
   */
  alarm(): void | Promise<void>;
  /** How `rooms(definition, env)` reaches the room. */
  onesocketCommand(verb: "send" | "close" | "count", args: readonly unknown[], definition: string): unknown;
}

/** The class that {@link durableRoom} makes. */
export type DurableRoomClass<State = unknown, Env = unknown> = new (
  ...args: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>
) => DurableRoom<State, EnvOf<Env>>;

/**
 * The Durable Object of a definition's rooms, one object for each room, whose sockets hibernate:
 * `export class Chat extends durableRoom(chat) {}`. Throws a TypeError for what is no definition, and for a name that stands for
 * another one in use.
 */
export function durableRoom<State, Env>(
  definition: SocketDefinition<State, Env, unknown>,
  options: DurableRoomOptions = {},
): DurableRoomClass<State, Env> {
  if (!isDefinition(definition)) throw new TypeError(`durableRoom takes a definition, not ${describe(definition, [])}`);
  checkNames(options, ["observe"] satisfies (keyof DurableRoomOptions)[], "durableRoom");
  const { observe = consoleObserver } = options;
  checkObserver(observe);
  const rules = definition as SocketDefinition;
  useName(rules);
  const heartbeat = rules.heartbeat || undefined;
  /** Where no client is asked to show life, silence says nothing. */
  const watches = heartbeat?.text !== undefined || heartbeat?.expectPing === true;

  class DefinedRoom extends DurableObject<EnvOf<Env>> {
    readonly #sockets = new WeakMap<WorkerSocket, ObjectSocket>();
    readonly #state: ObjectState;
    readonly #host: SessionHost;
    readonly #capacity = isCounted(rules.limits) ? new Capacity(rules.limits.ipv6Prefix) : undefined;
    #room: LiveRoom | undefined;
    /** Not before the room is needed: with thousands of sockets a look at all of them would be most of a wake's work. */
    #swept = Number.POSITIVE_INFINITY;
    #armed = false;

    constructor(...[ctx, env]: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>) {
      super(ctx, env);
      const state: ObjectState = ctx;
      this.#state = state;
      this.#host = { env, platform, observe, waitUntil: (promise) => state.waitUntil(promise) };
      const { text } = heartbeat ?? {};
      if (text) state.setWebSocketAutoResponse(new WebSocketRequestResponsePair(text.ping, text.pong));
    }

    get room(): LiveRoom {
      this.#sweep();
      return this.#roomOf(this.#state.id.name ?? this.#state.id.toString());
    }

    // workerd, 2026-11: not async, for with an await before the 101 every client that resets meanwhile leaves a socket
    // that stays OPEN, hears nothing and never closes. A reset in the same moment can still leave one: hence `expectPing`.
    override fetch(request: Request): Response {
      const { onesocket } = (request as { cf?: { onesocket?: string } }).cf ?? {};
      const refuse = (reason: Failure) => refusal(rules, observe, reason, request.headers);
      if (onesocket === undefined || request.headers.get("upgrade") === null) return refuse(undecided(request));
      const snapshot = readSnapshot<SentSnapshot>(onesocket);
      const { name = snapshot.room } = this.#state.id;
      const mistake = wrongDefinition(rules, snapshot.definition);
      if (mistake) return refuse(mistake);
      if (name === snapshot.room) return this.#open(snapshot, refuse);
      return refuse(failure("NO_HOST", `the Worker decided on another room than ${JSON.stringify(name)}`));
    }

    override webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): Promise<void> | void {
      const known = this.#socketOf(socket);
      if (heartbeat && watches) known?.heard(heartbeat.timeoutMs);
      this.#sweep();
      known?.session?.receiveMessage(typeof data === "string" ? data : new Uint8Array(data));
      return known?.session?.idle();
    }

    override webSocketClose(
      socket: WorkerSocket,
      code: number,
      reason: string,
      wasClean: boolean,
    ): Promise<void> | void {
      const session = this.#socketOf(socket)?.session;
      if (session) ended(session, socket, { code, reason, wasClean });
      return session?.idle();
    }

    override webSocketError(socket: WorkerSocket, error: unknown): Promise<void> | void {
      const session = this.#socketOf(socket)?.session;
      if (session) failed(session, error);
      return session?.idle();
    }

    override alarm(): void {
      this.#swept = 0;
      this.#sweep();
      this.#armed = false;
      if (this.#state.getWebSockets().length > 0) this.#arm();
    }

    onesocketCommand(verb: "send" | "close" | "count", args: readonly unknown[], definition: string): unknown {
      const mistake = wrongDefinition(rules, definition);
      if (mistake) throw new TypeError(`${mistake.code}: ${mistake.detail}`);
      return this.room[verb](...(args as [never]));
    }

    #open(snapshot: Snapshot, refuse: (reason: Failure) => Response): Response {
      this.#sweep();
      const limit = this.#exhausted(snapshot);
      if (limit) return refuse(overloaded(rules, limit));
      const { client, server } = socketPair();
      const transport = new ObjectSocket(server);
      const session = this.#begin(snapshot, transport);
      session.opened();
      try {
        transport.start(this.#state);
      } catch (error) {
        session.closed(1006, "", false);
        return refuse(failure("ROOM_FULL", String(error)));
      }
      this.#arm();
      return switching(client);
    }

    /** All that `getWebSockets` knows are counted, those that hibernated too: once, when the room is loaded. */
    #exhausted({ room, remoteAddress }: Snapshot): CountLimit | undefined {
      if (!this.#capacity) return undefined;
      this.#roomOf(room).size;
      return this.#capacity.exhausted(rules.limits, remoteAddress);
    }

    #begin(snapshot: Snapshot, transport: ObjectSocket): Session {
      const place = this.#capacity?.reserve(snapshot.remoteAddress);
      const session = new Session(rules, snapshot, this.#roomOf(snapshot.room), transport, this.#host, place);
      transport.session = session;
      this.#sockets.set(transport.raw, transport);
      return session;
    }

    /** What we know of a socket, made again after hibernation; undefined for a socket that a subclass accepted by itself. */
    #socketOf(socket: WorkerSocket): ObjectSocket | undefined {
      const known = this.#sockets.get(socket);
      const attachment = known ? undefined : attachmentOf(socket);
      if (!attachment) return known;
      const woken = new ObjectSocket(socket, attachment.heard);
      this.#begin(attachedSnapshot(attachment), woken);
      return woken;
    }

    #roomOf(id: string): LiveRoom {
      this.#room ??= new LiveRoom(id, { raw: this.#state, load: () => this.#load() });
      return this.#room;
    }

    #load(): void {
      for (const socket of this.#listed()) this.#socketOf(socket);
      this.#swept = 0;
      this.#sweep();
    }

    /** Those that are closing are listed too. */
    #listed(): WorkerSocket[] {
      return this.#state.getWebSockets().filter(({ readyState }) => readyState === READY_STATE.OPEN);
    }

    /** Drops sockets that have been silent for too long; looks for them at most once in that time. */
    #sweep(): void {
      if (!heartbeat || !watches) return;
      const before = Date.now() - patienceMs(heartbeat);
      if (this.#swept > before) return;
      this.#swept = Date.now();
      for (const socket of this.#listed()) if (this.#isSilent(socket, before)) this.#socketOf(socket)?.lost();
    }

    #isSilent(socket: WorkerSocket, before: number): boolean {
      const pinged = this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      if (pinged === undefined ? !heartbeat?.expectPing : pinged >= before) return false;
      return (this.#socketOf(socket)?.lastHeard ?? before) < before;
    }

    /** Sets the alarm of `sweepMs`, once in a waking; a later one than was set before will do, for whatever woke us has swept. */
    #arm(): void {
      const { sweepMs = Infinity } = heartbeat ?? {};
      if (this.#armed || sweepMs === Infinity || this.alarm !== DefinedRoom.prototype.alarm) return;
      this.#armed = true;
      // Not confirmed, or the 101 would wait for the disk: see `fetch`.
      this.#state.waitUntil(this.#state.storage.setAlarm(Date.now() + sweepMs, { allowUnconfirmed: true }));
    }
  }
  return DefinedRoom as unknown as DurableRoomClass<State, Env>;
}

/** Why an object of one definition is not another's (H12). */
function wrongDefinition(rules: SocketDefinition, name: string): Failure | undefined {
  if (rules.name !== name) {
    const [own, other] = [rules.name, name].map((text) => JSON.stringify(text));
    return failure("ROOMS_MISMAPPED", `rooms maps ${other} to the class that extends durableRoom of ${own}`);
  }
  return takeName(rules) ? undefined : failure("NAME_TAKEN", nameTaken(name));
}

const FORWARDED =
  "a route sent its request to the object by stub.fetch, past worker(), which alone opens sockets there: return upgrade(c, definition, { room })";

/** Why a request that no Worker of ours decided on gets no socket here. */
function undecided(request: Request): Failure {
  if (!isHandshakeAttempt(request.headers)) return failure("NOT_A_HANDSHAKE");
  if (request.headers.get("upgrade") === null) return failure("UPGRADE_NOT_FORWARDED");
  return failure("NO_HOST", FORWARDED);
}
