import { type Json, listOf, numberOf, objectOf, textOf } from "../json.ts";

/** One event of a NetLog. */
export interface NetEvent {
  /** The name of its type, such as `SOCKET_BYTES_SENT`. */
  readonly type: string;
  readonly source: number;
  /** Milliseconds since some time. */
  readonly ms: number;
  /** Whether it is the end of what it tells of. */
  readonly isEnd: boolean;
  readonly params: Json;
}

const LF = 10;
const PHASE_END = 2;

/** Whether a file begins as a NetLog does, and what its numbers stand for. */
export function isNetLog(bytes: Uint8Array): boolean {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1 << 20)).toString("latin1");
  return /^\s*\{\s*"constants"\s*:/.test(beginning) && beginning.includes('"logEventTypes"');
}

/** Goes through the events of a NetLog that are of the wanted types, and gives the names of its errors. One that is cut ends earlier. */
export function eachEvent(
  bytes: Uint8Array,
  wanted: ReadonlySet<string>,
  each: (event: NetEvent) => void,
): ReadonlyMap<number, string> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = parsed(file.toString("utf8", 0, endOfConstants(file)).replace(/,\s*$/, "}"));
  const constants = objectOf(objectOf(whole).constants);
  const types = named(constants.logEventTypes);
  const take = (value: unknown) => {
    const event = eventOf(objectOf(value), types);
    if (event && wanted.has(event.type)) each(event);
  };
  const ids = new Set([...types].filter(([, name]) => wanted.has(name)).map(([id]) => id));
  eachLine(file, endOfConstants(file), (line) => {
    if (ids.has(typeOf(line))) take(parsed(line.replace(/,\s*$/, "")));
  });
  return named(constants.netError);
}

/** Chromium writes the constants in one line, and each event in one. */
function endOfConstants(file: Buffer): number {
  const events = file.indexOf('"events"');
  return events < 0 ? file.length : events;
}

function eachLine(file: Buffer, from: number, each: (line: string) => void): void {
  for (let at = from; at < file.length; ) {
    const found = file.indexOf(LF, at);
    const end = found < 0 ? file.length : found;
    if (end > at + 2) each(file.toString("utf8", at, end));
    at = end + 1;
  }
}

/** The number of an event's type, which comes last. */
function typeOf(line: string): number {
  return Number(/"type":\s*(\d+)\s*\}[\],}]*\s*$/.exec(line.slice(-40))?.[1] ?? Number.NaN);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names by their numbers. */
function named(table: unknown): ReadonlyMap<number, string> {
  return new Map(Object.entries(objectOf(table)).map(([name, id]) => [numberOf(id) ?? Number.NaN, name]));
}

function eventOf(event: Json, types: ReadonlyMap<number, string>): NetEvent | undefined {
  const type = types.get(numberOf(event.type) ?? Number.NaN);
  const source = numberOf(objectOf(event.source).id);
  if (type === undefined || source === undefined) return undefined;
  return { type, source, ms: Number(event.time), isEnd: event.phase === PHASE_END, params: objectOf(event.params) };
}

/** The headers in an event's parameters, as lines. */
export function headerLines(params: Json): readonly string[] {
  return listOf(params.headers).map(textOf);
}
