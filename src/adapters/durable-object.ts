import { DurableObject } from "cloudflare:workers";
import type { SocketDefinition } from "../core/definition.ts";
import { type Failure, failure } from "../core/failures.ts";
import { isHandshakeAttempt } from "../core/handshake.ts";
import type { Seed } from "../core/member.ts";
import type { Observer } from "../core/observer.ts";
import { refusal } from "../core/refusal.ts";
import { LiveRoom } from "../core/room.ts";
import { Session, type SessionHost } from "../core/session.ts";
import { READY_STATE, type Room } from "../core/socket.ts";
import { switching } from "./cloudflare-answers.ts";
import { attachedSeed, attachmentOf, readSeed } from "./cloudflare-attachment.ts";
import { ObjectSocket } from "./cloudflare-object-socket.ts";
import { ended, failed, socketPair } from "./cloudflare-socket.ts";
import type { AutoResponse, ObjectState, WorkerSocket } from "./cloudflare-types.ts";
import { consoleObserver, platform } from "./platform.ts";

declare const WebSocketRequestResponsePair: new (request: string, response: string) => AutoResponse;

/** Options of {@link durableRoom}. */
export interface DurableRoomOptions {
  /** Told what an operator may want to know. Default: warnings and errors go to the console. */
  readonly observe?: Observer | undefined;
  /**
   * Milliseconds after which a socket whose client has sent no `ping` is dropped: for clients that ping, with `heartbeat`.
   * It happens when something else wakes the object (a new socket, `this.room`); an alarm that reads `this.room` makes it
   * regular. Default: never, and what a client leaves that resets during its handshake may then stay listed.
   */
  readonly silentMs?: number | undefined;
}

/** The program's own bindings where the definition says nothing about them: what `DurableObject` defaults to. */
type EnvOf<Env> = unknown extends Env ? (DurableObject extends DurableObject<infer Default> ? Default : never) : Env;

/** A Durable Object that holds one room. What it does not name is the subclass's: alarm, RPC, storage. */
export interface DurableRoom<State = unknown, Env = unknown> extends DurableObject<Env> {
  /** The room, with the sockets that hibernated too. */
  readonly room: Room<State, Env>;
  /** Takes the sockets that the Worker decided on. An override answers its own requests and returns `super.fetch(request)` for the rest. */
  fetch(request: Request): Response | Promise<Response>;
  webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): void | Promise<void>;
  webSocketClose(socket: WorkerSocket, code: number, reason: string, wasClean: boolean): void | Promise<void>;
  webSocketError(socket: WorkerSocket, error: unknown): void | Promise<void>;
  /** How `rooms(definition, env)` reaches the room. */
  onesocketCommand(verb: "send" | "close", args: readonly unknown[]): void;
}

/** The class that {@link durableRoom} makes. */
export type DurableRoomClass<State = unknown, Env = unknown> = new (
  ...args: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>
) => DurableRoom<State, EnvOf<Env>>;

/**
 * The Durable Object of a definition's rooms, one object for each room, whose sockets hibernate:
 * `export class Chat extends durableRoom(chat) {}`.
 */
export function durableRoom<State, Env>(
  definition: SocketDefinition<State, Env, unknown>,
  { observe = consoleObserver, silentMs = Number.POSITIVE_INFINITY }: DurableRoomOptions = {},
): DurableRoomClass<State, Env> {
  const rules = definition as SocketDefinition;

  return class extends DurableObject<EnvOf<Env>> {
    readonly #sessions = new WeakMap<WorkerSocket, Session>();
    readonly #state: ObjectState;
    readonly #host: SessionHost;
    #room: LiveRoom | undefined;
    #swept = 0;

    constructor(...[ctx, env]: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>) {
      super(ctx, env);
      const state: ObjectState = ctx;
      this.#state = state;
      this.#host = { env, platform, observe, waitUntil: (promise) => state.waitUntil(promise) };
      if (rules.heartbeat) state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    }

    get room(): LiveRoom {
      this.#sweep();
      return this.#roomOf(this.#state.id.name ?? this.#state.id.toString());
    }

    // workerd, 2026-11: not async, for with an await before the 101 every client that resets meanwhile leaves a socket
    // that stays OPEN, hears nothing and never closes. A reset in the same moment can still leave one: hence `silentMs`.
    override fetch(request: Request): Response {
      const { onesocket } = (request as { cf?: { onesocket?: string } }).cf ?? {};
      const refuse = (reason: Failure) => refusal(rules, observe, reason, request.headers);
      if (onesocket === undefined || request.headers.get("upgrade") === null) return refuse(undecided(request));
      const seed = readSeed(onesocket);
      const { name = seed.room } = this.#state.id;
      if (name === seed.room) return this.#open(seed, refuse);
      return refuse(failure("NO_HOST", `the Worker decided on another room than ${JSON.stringify(name)}`));
    }

    override webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): Promise<void> | void {
      const session = this.#sessionOf(socket);
      session?.receive(typeof data === "string" ? data : new Uint8Array(data));
      return session?.idle();
    }

    override webSocketClose(
      socket: WorkerSocket,
      code: number,
      reason: string,
      wasClean: boolean,
    ): Promise<void> | void {
      const session = this.#sessionOf(socket);
      if (session) ended(session, socket, { code, reason, wasClean });
      return session?.idle();
    }

    override webSocketError(socket: WorkerSocket, error: unknown): Promise<void> | void {
      const session = this.#sessionOf(socket);
      if (session) failed(session, error);
      return session?.idle();
    }

    onesocketCommand(verb: "send" | "close", args: readonly unknown[]): void {
      this.room[verb](...(args as [never]));
    }

    #open(seed: Seed, refuse: (reason: Failure) => Response): Response {
      this.#sweep();
      const { client, server } = socketPair();
      const transport = new ObjectSocket(server);
      const session = this.#begin(seed, transport);
      session.opened();
      try {
        transport.start(this.#state);
      } catch (error) {
        session.closed(1006, "", false);
        return refuse(failure("ROOM_FULL", String(error)));
      }
      return switching(client);
    }

    #begin(seed: Seed, transport: ObjectSocket): Session {
      const session = new Session(rules, seed, this.#roomOf(seed.room), transport, this.#host);
      transport.session = session;
      this.#sessions.set(transport.raw, session);
      return session;
    }

    /** The session of a socket, made again after hibernation; undefined for a socket that a subclass accepted by itself. */
    #sessionOf(socket: WorkerSocket): Session | undefined {
      const known = this.#sessions.get(socket);
      const attachment = known ? undefined : attachmentOf(socket);
      return attachment ? this.#begin(attachedSeed(attachment), new ObjectSocket(socket, attachment.opened)) : known;
    }

    #roomOf(id: string): LiveRoom {
      this.#room ??= new LiveRoom(id, { raw: this.#state, load: () => this.#load() });
      return this.#room;
    }

    #load(): void {
      this.#sweep();
      for (const socket of this.#state.getWebSockets()) {
        // Those that are closing are listed too.
        if (socket.readyState === READY_STATE.OPEN) this.#sessionOf(socket);
      }
    }

    /** Drops sockets that have been silent for too long, at most once in that time. */
    #sweep(): void {
      const before = Date.now() - silentMs;
      if (this.#swept > before) return;
      this.#swept = Date.now();
      for (const socket of this.#state.getWebSockets()) {
        const { opened = Number.POSITIVE_INFINITY } = attachmentOf(socket) ?? {};
        const pinged = this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
        if (Math.max(opened, pinged) < before) this.#sessionOf(socket)?.terminate();
      }
    }
  } as unknown as DurableRoomClass<State, Env>;
}

/** Why a request that no Worker of ours decided on gets no socket here. */
function undecided(request: Request): Failure {
  if (!isHandshakeAttempt(request.headers)) return failure("NOT_A_HANDSHAKE");
  if (request.headers.get("upgrade") === null) return failure("UPGRADE_NOT_FORWARDED");
  return failure("NO_HOST", "the request reached the object past worker(), which alone may open its sockets");
}
