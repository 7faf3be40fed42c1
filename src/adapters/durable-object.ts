import { DurableObject } from "cloudflare:workers";
import type { SocketDefinition } from "../core/definition.ts";
import { type Failure, failure } from "../core/failures.ts";
import { isHandshakeAttempt } from "../core/handshake.ts";
import type { Observer } from "../core/observer.ts";
import { LiveRoom } from "../core/room.ts";
import { type Seed, Session, type SessionHost } from "../core/session.ts";
import { READY_STATE, type Room } from "../core/socket.ts";
import { refused, switching } from "./cloudflare-answers.ts";
import { attached, readSeed } from "./cloudflare-attachment.ts";
import { ObjectSocket } from "./cloudflare-object-socket.ts";
import { ended, failed, socketPair } from "./cloudflare-socket.ts";
import type { ObjectState, WorkerSocket } from "./cloudflare-types.ts";
import { consoleObserver, platform } from "./platform.ts";

declare const WebSocketRequestResponsePair: new (request: string, response: string) => object;

/** Options of {@link durableRoom}. */
export interface DurableRoomOptions {
  /** Told what an operator may want to know. Default: warnings and errors go to the console. */
  readonly observe?: Observer | undefined;
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
  { observe = consoleObserver }: DurableRoomOptions = {},
): DurableRoomClass<State, Env> {
  const rules = definition as SocketDefinition;

  return class extends DurableObject<EnvOf<Env>> {
    readonly #sessions = new WeakMap<WorkerSocket, Session>();
    readonly #state: ObjectState;
    readonly #host: SessionHost;
    #room: LiveRoom | undefined;

    constructor(...[ctx, env]: ConstructorParameters<typeof DurableObject<EnvOf<Env>>>) {
      super(ctx, env);
      const state: ObjectState = ctx;
      this.#state = state;
      this.#host = { env, platform, observe, waitUntil: (promise) => state.waitUntil(promise) };
      if (rules.heartbeat) state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    }

    get room(): LiveRoom {
      return this.#roomOf(this.#state.id.name ?? this.#state.id.toString());
    }

    // workerd, 2026-11: not async, for with an await before the 101 a client's reset leaves a socket in the object that
    // stays OPEN, sends nothing and never closes. A reset in the same moment can still leave one: see the documentation.
    fetch(request: Request): Response {
      const { onesocket } = (request as { cf?: { onesocket?: string } }).cf ?? {};
      if (onesocket === undefined || request.headers.get("upgrade") === null)
        return refused(rules, observe, undecided(request));
      const seed = readSeed(onesocket);
      const { name = seed.room } = this.#state.id;
      if (name === seed.room) return this.#open(seed);
      return refused(
        rules,
        observe,
        failure("NO_HOST", `the Worker decided on another room than ${JSON.stringify(name)}`),
      );
    }

    webSocketMessage(socket: WorkerSocket, data: string | ArrayBuffer): Promise<void> | undefined {
      const session = this.#sessionOf(socket);
      session?.receive(typeof data === "string" ? data : new Uint8Array(data));
      return session?.idle();
    }

    webSocketClose(socket: WorkerSocket, code: number, reason: string, wasClean: boolean): Promise<void> | undefined {
      const session = this.#sessionOf(socket);
      if (session) ended(session, socket, { code, reason, wasClean });
      return session?.idle();
    }

    webSocketError(socket: WorkerSocket, error: unknown): Promise<void> | undefined {
      const session = this.#sessionOf(socket);
      if (session) failed(session, error);
      return session?.idle();
    }

    onesocketCommand(verb: "send" | "close", args: readonly unknown[]): void {
      this.room[verb](...(args as [never]));
    }

    #open(seed: Seed): Response {
      const { client, server } = socketPair();
      const transport = new ObjectSocket(server, false);
      const session = this.#begin(seed, transport);
      session.opened();
      try {
        transport.start(this.#state);
      } catch (error) {
        session.closed(1006, "", false);
        return refused(rules, observe, failure("ROOM_FULL", String(error)));
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
      const seed = known ? undefined : attached(socket);
      return seed ? this.#begin(seed, new ObjectSocket(socket, true)) : known;
    }

    #roomOf(id: string): LiveRoom {
      this.#room ??= new LiveRoom(id, { raw: this.#state, load: () => this.#load() });
      return this.#room;
    }

    #load(): void {
      for (const socket of this.#state.getWebSockets()) {
        // Those that are closing are listed too.
        if (socket.readyState === READY_STATE.OPEN) this.#sessionOf(socket);
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
