import { type Capacity, overload } from "../../core/contract/capacity.ts";
import type { SocketDefinition } from "../../core/contract/definition.ts";
import { CLOUDFLARE_FAILURES, HONO_FAILURES } from "../../core/contract/failure-texts.ts";
import { addFailures, type Failure, failure } from "../../core/contract/failures.ts";
import type { ObjectLife } from "../../core/contract/object-life.ts";
import { type Observer, tellBoth } from "../../core/contract/observer.ts";
import type { Platform } from "../../core/contract/platform.ts";
import * as READY_STATE from "../../core/contract/ready-state.ts";
import type { RoomHistory } from "../../core/history/history.ts";
import { claimName } from "../../core/rooms/names.ts";
import { LiveRoom } from "../../core/rooms/room.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { Session } from "../../core/session/session.ts";
import { readSnapshot, type Snapshot } from "../../core/session/snapshot.ts";
import type { AlarmStorage, Ring } from "../../core/storage/object-alarm.ts";
import { failed } from "../../core/upgrade/failed.ts";
import { isHandshakeAttempt } from "../../core/upgrade/validate.ts";
import { platform } from "../shared/platform.ts";
import { attachedSnapshot, attachmentOf, type SentSnapshot } from "./attachment.ts";
import { Expiries } from "./expiries.ts";
import { ObjectSocket } from "./object-socket.ts";
import type { MakePart, Part } from "./shards/part.ts";
import type { ShardCall } from "./shards/wire.ts";
import { socketPair, switching } from "./socket.ts";
import { Sweeper, type SweptObject } from "./sweeper.ts";
import type { AutoResponse, ObjectState, RoomVerb, WorkerSocket } from "./types.ts";

declare const WebSocketRequestResponsePair: new (request: string, response: string) => AutoResponse;

// A request that nobody has decided on comes from an app that has no host, too.
addFailures({ ...CLOUDFLARE_FAILURES, ...HONO_FAILURES });

/** What an object's host is made of. */
interface ObjectHostOptions extends Pick<SessionHost, "env" | "observe"> {
  /** The object itself. */
  readonly object: unknown;
  /** The class's own `alarm`, if it has one. */
  readonly ownAlarm: Ring | undefined;
  readonly makePart?: MakePart | undefined;
}

/** One Durable Object's room and sockets, those that hibernated too. */
export class ObjectHost implements SessionHost, SweptObject {
  readonly env: unknown;
  readonly platform: Platform = platform;
  readonly observe: Observer;
  /** What the object does when its alarm rings; undefined where the definition's room has no `alarm` hook. */
  readonly ring: (() => Promise<void>) | undefined;
  readonly alarms: AlarmStorage;
  readonly #object: unknown;
  readonly #ownAlarm: Ring | undefined;
  readonly #life: ObjectLife | undefined;
  readonly definition: SocketDefinition;
  readonly state: ObjectState;
  readonly #sockets = new WeakMap<WorkerSocket, ObjectSocket>();
  readonly #capacity: Capacity | undefined;
  readonly #sweeper: Sweeper | undefined;
  readonly #expiries: Expiries;
  #room: LiveRoom | undefined;
  /** This object's part, where several objects share the room. */
  readonly #part: Part | undefined;

  constructor(definition: SocketDefinition, state: ObjectState, options: ObjectHostOptions) {
    const { env, observe, object, ownAlarm, makePart } = options;
    this.env = env;
    this.observe = observe;
    this.#object = object;
    this.#ownAlarm = ownAlarm;
    this.definition = definition;
    this.state = state;
    this.#life = definition.lives?.inObject(state.storage, platform.now);
    this.alarms = this.#life?.alarmStorage ?? state.storage;
    this.#expiries = new Expiries(state, this);
    const others = { sockets: () => this.alarm(), class: ownAlarm };
    this.ring = this.#life?.share(
      () => this.room.life,
      others,
      (error) => tellBoth(definition, observe, { type: "error", error }),
    );
    this.#part = makePart?.(this);
    const { heartbeat } = definition;
    this.#capacity = definition.counting?.own();
    if (!heartbeat) return;
    const { text, expectPing } = heartbeat;
    if (text) state.setWebSocketAutoResponse(new WebSocketRequestResponsePair(text.ping, text.pong));
    // Where no client is asked to show life, silence says nothing.
    if (text || expectPing) this.#sweeper = new Sweeper(heartbeat, state, this);
  }

  get room(): LiveRoom {
    this.#sweeper?.run();
    return this.#roomOf(this.#id ?? this.state.id.toString());
  }

  /** The room's id, where the object's name tells it. */
  get #id(): string | undefined {
    return this.#part?.room ?? this.state.id.name;
  }

  ownsAlarm(): boolean {
    return this.ring !== undefined || this.#ownAlarm === undefined;
  }

  waitUntil(promise: Promise<unknown>): void {
    this.state.waitUntil(promise);
  }

  /** All that are open. workerd lists those that are closing, too. */
  openSockets(): WorkerSocket[] {
    return this.state.getWebSockets().filter(({ readyState }) => readyState === READY_STATE.OPEN);
  }

  /** What we know of a socket, made again after hibernation; undefined for a socket that a subclass accepted by itself. */
  socketOf(socket: WorkerSocket): ObjectSocket | undefined {
    const known = this.#sockets.get(socket);
    const attachment = known ? undefined : attachmentOf(socket);
    if (!attachment) return known;
    const woken = new ObjectSocket(socket, attachment.lastReceived);
    this.#makeSession(attachedSnapshot(attachment), woken);
    return woken;
  }

  /** A message came. */
  receiveMessage(socket: WorkerSocket, data: string | ArrayBuffer): Promise<void> | undefined {
    const known = this.socketOf(socket);
    if (known) this.#sweeper?.noteReceived(known);
    this.#sweeper?.run();
    return known?.receiveMessage(data);
  }

  get sweepsByAlarm(): boolean {
    return this.#sweeper?.hasAlarm ?? false;
  }

  /** The alarm rang: of `sweepMs`, or because a socket's time is up. */
  alarm(): void {
    this.#sweeper?.alarm();
    this.#expiries.run();
  }

  /** Does what `rooms(definition, env)` asks for. Throws a TypeError where that definition's room is not here. */
  command(verb: RoomVerb, args: readonly unknown[], definition: string): unknown {
    const mistake = this.#wrongDefinition(definition);
    if (mistake) throw new TypeError(`${mistake.code}: ${mistake.detail}`);
    const done: unknown = this.room[verb](...(args as [never]));
    return this.#part ? this.#part.sent().then(() => done) : done;
  }

  /** Does what another object of the room calls for, or a Worker. Rejects where the room has one object. */
  async shard(call: ShardCall): Promise<unknown> {
    if (!this.#part) throw new TypeError(`ROOMS_MISMAPPED: ${NOT_SHARDED}`);
    return this.#part.call(call);
  }

  /**
   * Accepts a socket that the Worker decided on. workerd, 2026-11: not async, for with an await before the 101 every client that resets
   * meanwhile leaves a socket that stays OPEN, hears nothing and never closes. A reset in the same moment can still leave one: hence
   * `expectPing`.
   */
  accept(request: Request): Response {
    const { onesocket } = (request as { cf?: { onesocket?: string } }).cf ?? {};
    if (onesocket === undefined || request.headers.get("upgrade") === null)
      return this.#refuse(undecidedFailure(request), request);
    const snapshot = readSnapshot<SentSnapshot>(onesocket);
    const mistake = this.#wrongDefinition(snapshot.definition) ?? this.#wrongRoom(snapshot) ?? this.#overload(snapshot);
    return mistake ? this.#refuse(mistake, request) : this.#openSocket(snapshot, request);
  }

  #refuse(reason: Failure, { headers }: Request): Response {
    return failed(reason, this.observe, this.definition, headers).response;
  }

  /** Why an object of one definition is not another's (H12). */
  #wrongDefinition(name: string): Failure | undefined {
    const definition = this.definition;
    if (definition.name === name) return claimName(definition);
    const [own, other] = [definition.name, name].map((text) => JSON.stringify(text));
    return failure("ROOMS_MISMAPPED", `rooms maps ${other} to the class that extends durableRoom of ${own}`);
  }

  #wrongRoom({ room }: Snapshot): Failure | undefined {
    const id = this.#id ?? room;
    if (id === room) return undefined;
    if (id.startsWith(`${room}#`)) return failure("ROOMS_MISMAPPED", NOT_SHARDED);
    return failure("NO_HOST", `the Worker decided on another room than ${JSON.stringify(id)}`);
  }

  /** All that `getWebSockets` knows are counted, those that hibernated too: once, when the room is loaded. */
  #overload({ room, remoteAddress }: Snapshot): Failure | undefined {
    this.#sweeper?.run();
    if (!this.#capacity) return undefined;
    this.#roomOf(room).size;
    return overload(this.#capacity, this.definition.limits, remoteAddress);
  }

  #openSocket(snapshot: Snapshot, request: Request): Response {
    const { client, server } = socketPair();
    const socket = new ObjectSocket(server);
    const session = this.#makeSession(snapshot, socket);
    session.opened();
    try {
      socket.accept(this.state);
    } catch (error) {
      session.closed(1006, "", false);
      return this.#refuse(failure("ROOM_FULL", String(error)), request);
    }
    this.#sweeper?.arm();
    this.#expiries.add(snapshot.until);
    return switching(client, new Headers(this.#part?.answer));
  }

  #makeSession(snapshot: Snapshot, socket: ObjectSocket): Session {
    const place = this.#capacity?.reserve(snapshot.remoteAddress);
    const session = new Session(this.definition, snapshot, this.#roomOf(snapshot.room), socket, this, place);
    socket.session = session;
    this.#sockets.set(socket.raw, socket);
    return session;
  }

  #roomOf(id: string): LiveRoom {
    this.#room ??= new LiveRoom(id, {
      definition: this.definition,
      history: () => this.#history(),
      host: this,
      relay: () => this.#part?.relay,
      raw: this.state,
      object: this.#object,
      life: () => this.#life?.of(this.#roomOf(id), this),
      emptied: () => this.#life?.left(this.#roomOf(id), this, () => this.openSockets().length === 0),
      load: () => this.#load(),
    });
    return this.#room;
  }

  /** In the object's own storage, so that it outlives hibernation. */
  #history(): RoomHistory | undefined {
    const { keeper } = this.definition;
    return keeper?.stored(this.state.storage.sql, platform);
  }

  #load(): void {
    for (const socket of this.openSockets()) this.socketOf(socket);
    this.#sweeper?.sweepNow();
  }
}

const NOT_SHARDED = "rooms gives a room several shards, and the class of its objects extends no shardedRoom(…)";

const FORWARDED =
  "a route sent its request to the object by stub.fetch, past worker(): return upgrade(c, definition, { room })";

/** Why a request that no Worker of ours decided on gets no socket here. */
function undecidedFailure({ headers }: Request): Failure {
  if (!isHandshakeAttempt(headers)) return failure("NOT_A_HANDSHAKE");
  if (headers.get("upgrade") === null) return failure("UPGRADE_NOT_FORWARDED");
  return failure("NO_HOST", FORWARDED);
}
