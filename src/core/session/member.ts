import type { SocketDefinition } from "../contract/definition.ts";
import { READY_STATE } from "../contract/socket.ts";
import { cloneState, jsonBytes } from "../contract/state.ts";
import type { Transport } from "../contract/transport.ts";
import type { LiveRoom } from "../rooms/room.ts";
import type { Snapshot } from "./snapshot.ts";
import { Turns } from "./turns.ts";

/** A socket's identity, state and topics: what it is to its room, and what of it survives hibernation. */
export abstract class Member extends Turns {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  protected readonly since: number;
  readonly definition: SocketDefinition;
  protected readonly transport: Transport;
  /** Made for the first one. */
  #topics: Set<string> | undefined;
  #state: unknown;

  abstract readonly room: LiveRoom;
  abstract readonly readyState: 1 | 2 | 3;

  constructor(definition: SocketDefinition, snapshot: Snapshot, transport: Transport) {
    super();
    this.definition = definition;
    this.transport = transport;
    this.id = snapshot.id;
    this.url = snapshot.url;
    this.protocol = snapshot.protocol;
    this.remoteAddress = snapshot.remoteAddress;
    this.since = snapshot.since;
    this.#state = snapshot.state;
    if (snapshot.topics.length > 0) this.#topics = new Set(snapshot.topics);
  }

  /** What must be kept for this socket to wake up as it was. */
  get snapshot(): Snapshot {
    const { id, url, protocol, remoteAddress, room, state, topics, since } = this;
    return { id, url, protocol, remoteAddress, room: room.id, state, topics, since };
  }

  get state(): unknown {
    return this.#state;
  }

  get topics(): readonly string[] {
    return this.#topics ? [...this.#topics] : [];
  }

  setState(next: unknown): void {
    const before = this.#state;
    this.#state = cloneState(next, this.definition.limits.stateBytes, `socket ${this.id}`);
    this.#save(() => {
      this.#state = before;
    });
  }

  subscribe(topic: string): void {
    if (typeof topic !== "string" || topic === "") throw new TypeError("a topic is a string that is not empty");
    if (this.#topics?.has(topic) || this.readyState !== READY_STATE.OPEN) return;
    const { topicsBytes } = this.definition.limits;
    const size = jsonBytes([...this.topics, topic]);
    if (size > topicsBytes) {
      throw new RangeError(`socket ${this.id}: topics are ${size} bytes as JSON; limits.topicsBytes is ${topicsBytes}`);
    }
    this.#topics ??= new Set();
    this.#topics.add(topic);
    this.room.subscribed(this, topic);
    this.#save(() => this.#forget(topic));
  }

  unsubscribe(topic: string): void {
    if (!this.#topics?.has(topic)) return;
    this.#forget(topic);
    this.#save(() => {});
  }

  #forget(topic: string): void {
    this.#topics?.delete(topic);
    this.room.unsubscribed(this, topic);
  }

  #save(undo: () => void): void {
    if (this.readyState === READY_STATE.CLOSED) return;
    try {
      this.transport.save?.();
    } catch (error) {
      undo();
      throw error;
    }
  }
}
