import { AT, type Position, type ResumePosition } from "../rpc/wire.ts";

/** For whom a notification is. */
export interface Audience {
  /** Only sockets subscribed to it. */
  readonly topic: string | undefined;
  /** The id of a socket that is left out. */
  readonly except: string | undefined;
}

/** A notification as it was said. */
export interface Remembered extends Audience {
  readonly text: string;
}

/** Who has missed something. */
export interface Absentee {
  readonly id: string;
  readonly topics: readonly string[];
}

/** The clock and the randomness of who has a history. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A new unguessable id. */
  randomId(): string;
}

/** A room, as what it remembers is asked for. */
export interface Remembering {
  /** Where it is; undefined where it remembers nothing. A promise rejects when that can't be known now. */
  readonly at: Position | Promise<Position> | undefined;
  /** What one has missed who was somewhere then. */
  missed(by: Absentee, then: ResumePosition): Missed | Promise<Missed>;
}

/** What one has missed, and where the room is after that. */
export interface Missed {
  readonly at: Position | undefined;
  /** In order; undefined when that is not known any more. */
  readonly texts: readonly string[] | undefined;
}

/** What a room has said, for who comes back. Offsets count from 1, and without a gap. */
export abstract class RoomHistory {
  /** Where it is. */
  abstract readonly at: Position;

  /** Numbers a notification and remembers it; the text with its number. */
  abstract add(text: string, audience: Audience): string;

  /** All that was said after an offset, in order; undefined when a part of it is not known any more, or it was never reached. */
  protected abstract since(offset: number): readonly Remembered[] | undefined;

  /** The texts of what one has missed who was somewhere then; undefined when that is not known. */
  missed(by: Absentee, then: ResumePosition): readonly string[] | undefined {
    const all = then.epoch === this.at[0] ? this.since(then.offset) : undefined;
    return all?.filter((one) => isFor(one, by, then.socket)).map(({ text }) => text);
  }
}

/** Whether something is for one who has come back. `before`: the id that he had then. */
export function isFor({ topic, except }: Audience, { topics, id }: Absentee, before: string): boolean {
  return (topic === undefined || topics.includes(topic)) && except !== id && except !== before;
}

/** The text of a notification with where it is. The text is of an object, and ends with its brace. */
export function numbered(text: string, at: Position): string {
  return `${text.slice(0, -1)},"${AT}":${JSON.stringify(at)}}`;
}
