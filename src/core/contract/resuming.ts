import type { Missed } from "../history/history.ts";
import type { RoomMemory } from "../history/room-memory.ts";
import { utf8Length } from "../protocol/utf8.ts";
import { notificationText, Written } from "../rpc/answers.ts";
import type { Method } from "../rpc/dispatcher.ts";
import { proceed } from "../rpc/proceed.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Schema } from "../rpc/schema.ts";
import { AT, type Position, type ResumePosition } from "../rpc/wire.ts";
import type { Limits } from "./limits.ts";
import type { Socket } from "./socket.ts";

/** What an answer has beside what was missed, at most: two positions, the caller's id and a frame's header. */
const ANSWER_BYTES = 1024;

/** An `open` hook that first sends each socket its room's position in the history, so that the client can name it when it comes back. */
export function placing(own: ((socket: Socket) => unknown) | undefined) {
  return function open(this: unknown, socket: Socket): unknown {
    const { at } = remembering(socket);
    // Without waiting where the position is known: the room's next notification may be for this socket.
    const tell = (known: Position | undefined) => {
      if (known) place(socket, known);
      return own?.call(this, socket);
    };
    return at && "then" in at ? at.then(tell, () => socket.close(1013, "the history can't be reached")) : tell(at);
  };
}

function place(socket: Socket, [epoch, offset]: Position): void {
  const here: ResumePosition = { epoch, offset, socket: socket.id };
  socket.send(notificationText(AT, JSON.stringify(here)));
}

/**
 * The method by which a client that came back asks for what it missed: once in the life of a socket, since its answer may be large. An
 * object that hibernated answers it once more, which is as seldom as that.
 */
export function resuming(): Method<Socket> {
  const done = new WeakSet<Socket>();
  return {
    params: RESUME_PARAMS,
    handle(socket, then) {
      if (done.has(socket)) throw new RpcError(409, "this socket has resumed");
      done.add(socket);
      return proceed(missed(socket, then as ResumePosition), resumed);
    },
  };
}

/** All or nothing for a client that comes back. One that names this very socket has missed what came since it opened, and gets as much as is known. */
function missed(socket: Socket, then: ResumePosition): Missed | Promise<Missed> {
  const memory = remembering(socket);
  const since = (from: number) =>
    proceed(memory.missed(socket, { ...then, offset: from }), (all) =>
      fits(socket, all) ? all : { at: all.at, texts: undefined },
    );
  return proceed(since(then.offset), (all) => {
    const [epoch, offset] = all.at ?? ["", 0];
    const isPartial = !all.texts && then.socket === socket.id && then.epoch === epoch && then.offset < offset;
    if (!isPartial) return all;
    return longest(since, Math.max(then.offset, offset - memory.rules.messages - 1), offset);
  });
}

/** Whether an answer may wait for the socket, with what waits already: it would be closed for more, and again whenever its client came back. */
function fits(socket: Socket, { texts = [] }: Missed): boolean {
  const { limits } = (socket as unknown as { readonly definition: { readonly limits: Limits } }).definition;
  const bytes = texts.reduce((sum, text) => sum + utf8Length(text) + 1, ANSWER_BYTES);
  return bytes + (socket.bufferedAmount ?? 0) <= limits.bufferedBytes;
}

/** Looks by halves for the earliest offset from which all is known: it is after `unknown`, and `known` at the latest. */
function longest(
  since: (offset: number) => Missed | Promise<Missed>,
  unknown: number,
  known: number,
): Missed | Promise<Missed> {
  if (known - unknown <= 1) return since(known);
  const middle = Math.floor((unknown + known) / 2);
  return proceed(since(middle), ({ texts }) =>
    texts ? longest(since, unknown, middle) : longest(since, middle, known),
  );
}

function resumed({ at, texts }: Missed): Written {
  const [here, missed] = [JSON.stringify(at ?? ["", 0]), (texts ?? []).join(",")];
  return new Written(`{"recovered":${texts !== undefined},"at":${here},"missed":[${missed}]}`);
}

/** The history of a socket's room, which handlers don't see. */
function remembering({ room }: Socket): RoomMemory {
  return (room as unknown as { readonly memory: RoomMemory }).memory;
}

const RESUME_PARAMS: Schema<unknown, ResumePosition> = {
  "~standard": {
    version: 1,
    vendor: "onesocket",
    validate: (value) =>
      isResume(value)
        ? { value }
        : { issues: [{ message: "epoch and socket are strings, offset a number that counts" }] },
  },
};

function isResume(value: unknown): value is ResumePosition {
  const { epoch, offset, socket } = (value ?? {}) as Partial<Record<keyof ResumePosition, unknown>>;
  const counts = typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0;
  return typeof epoch === "string" && typeof socket === "string" && counts;
}
