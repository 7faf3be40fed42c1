import type { Missed } from "../history/history.ts";
import type { RoomMemory } from "../history/room-memory.ts";
import { notificationText, Written } from "../rpc/answers.ts";
import type { Method } from "../rpc/dispatcher.ts";
import { proceed } from "../rpc/proceed.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Schema } from "../rpc/schema.ts";
import { AT, type Place, type Position, type Resume } from "../rpc/wire.ts";
import type { Socket } from "./socket.ts";

/** Tells each socket, before all else, where its room is: then it can say so when it comes back. */
export function placing(own: ((socket: Socket) => unknown) | undefined) {
  return function open(this: unknown, socket: Socket): unknown {
    const { at } = remembering(socket);
    // At once where it is known, and nothing comes between: what is said next may be for this socket.
    const tell = (known: Position | undefined) => {
      if (known) place(socket, known);
      return own?.call(this, socket);
    };
    return at && "then" in at ? at.then(tell, () => socket.close(1013, "the history can't be reached")) : tell(at);
  };
}

function place(socket: Socket, [epoch, offset]: Position): void {
  const here: Place = { epoch, offset, socket: socket.id };
  socket.send(notificationText(AT, JSON.stringify(here)));
}

/** The method by which a client that came back asks for what it missed: once in the life of a socket, since its answer may be large. */
export function resuming(): Method<Socket> {
  const done = new WeakSet<Socket>();
  return {
    params: RESUME_PARAMS,
    handle(socket, then) {
      if (done.has(socket)) throw new RpcError(409, "this socket has resumed");
      done.add(socket);
      return proceed(remembering(socket).missed(socket, then as Resume), resumed);
    },
  };
}

function resumed({ at, texts }: Missed): Written {
  const [here, missed] = [JSON.stringify(at ?? ["", 0]), (texts ?? []).join(",")];
  return new Written(`{"recovered":${texts !== undefined},"at":${here},"missed":[${missed}]}`);
}

/** A room of ours, whose own way with its history handlers don't see. */
function remembering({ room }: Socket): RoomMemory {
  return (room as unknown as { readonly memory: RoomMemory }).memory;
}

const RESUME_PARAMS: Schema<unknown, Resume> = {
  "~standard": {
    version: 1,
    vendor: "onesocket",
    validate: (value) =>
      isResume(value)
        ? { value }
        : { issues: [{ message: "epoch and socket are strings, offset a number that counts" }] },
  },
};

function isResume(value: unknown): value is Resume {
  const { epoch, offset, socket } = (value ?? {}) as Partial<Record<keyof Resume, unknown>>;
  const counts = typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0;
  return typeof epoch === "string" && typeof socket === "string" && counts;
}
