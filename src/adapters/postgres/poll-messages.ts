/** What a process answers. */
export interface Answer {
  readonly id: number;
  readonly size: number;
}

/** The answer that a text is. Throws for one that is none: anybody may notify in PostgreSQL. */
export function decodeAnswer(payload: string): Answer {
  const [, id, size] = /^(\d{1,15})\.(\d{1,15})$/.exec(payload) ?? [];
  if (size === undefined) throw new Error("what came as an answer is none");
  return { id: Number(id), size: Number(size) };
}

export function encodeAnswer({ id, size }: Answer): string {
  return `${id}.${size}`;
}

/** Asks for the sizes of a channel. */
export interface Question {
  readonly id: number;
  readonly channel: string;
}

/** The question that a text is. Throws for one that is none. */
export function decodeQuestion(payload: string): Question {
  const [, id, channel] = /^(\d{1,15})\.(.+)$/.exec(payload) ?? [];
  if (channel === undefined) throw new Error("what came as a question is none");
  return { id: Number(id), channel };
}

export function encodeQuestion({ id, channel }: Question): string {
  return `${id}.${channel}`;
}
