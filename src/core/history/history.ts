import { AT, type Position, type ResumePosition } from "../rpc/wire.ts";

/** Who gets a notification. */
export interface Audience {
  /** Only sockets subscribed to it. */
  readonly topic: string | undefined;
  /** The id of a socket that is left out. */
  readonly except: string | undefined;
}

/** A notification that is kept. */
export interface Remembered extends Audience {
  readonly text: string;
}

/** A client that has missed something. */
export interface Absentee {
  readonly id: string;
  readonly topics: readonly string[];
}

/** What a history needs of its platform. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A new unguessable id. */
  randomId(): string;
}

/** What can be asked of a room's history. */
export interface Remembering {
  /** The position of its last notification; undefined where it remembers nothing. A promise rejects when it can't be known now. */
  readonly at: Position | Promise<Position> | undefined;
  /** What a client has missed since it was at a position. */
  missed(by: Absentee, then: ResumePosition): Missed | Promise<Missed>;
}

/** What a client has missed, and the room's position after that. */
export interface Missed {
  readonly at: Position | undefined;
  /** The notifications in order; undefined when a part of them is not known any more. */
  readonly texts: readonly string[] | undefined;
}

/** The latest notifications of a room, for clients that come back. Offsets count from 1, and without a gap. */
export abstract class RoomHistory {
  /** The position of the last notification. */
  abstract readonly at: Position;

  /** Numbers a notification and remembers it. Returns the text with its position. */
  abstract add(text: string, audience: Audience): string;

  /** The notifications after an offset, in order; undefined when a part of them is not known any more, or the offset was never reached. */
  protected abstract since(offset: number): readonly Remembered[] | undefined;

  /** The texts of what a client has missed since it was at a position; undefined when that is not known. */
  missed(by: Absentee, then: ResumePosition): readonly string[] | undefined {
    const all = then.epoch === this.at[0] ? this.since(then.offset) : undefined;
    return all?.filter((one) => isFor(one, by, then.socket)).map(({ text }) => text);
  }
}

/** Whether a notification is for a client that has come back. `before`: the id of its last socket. */
export function isFor({ topic, except }: Audience, { topics, id }: Absentee, before: string): boolean {
  return (topic === undefined || topics.includes(topic)) && except !== id && except !== before;
}

/** The text of a notification, with its position put before the closing brace. */
export function numbered(text: string, at: Position): string {
  return `${text.slice(0, -1)},"${AT}":${JSON.stringify(at)}}`;
}
