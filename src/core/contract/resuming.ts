import type { Absentee } from "../history/history.ts";
import { notificationText, Written } from "../rpc/answers.ts";
import type { Method } from "../rpc/dispatcher.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Schema } from "../rpc/schema.ts";
import { AT, type Place, type Position, type Resume } from "../rpc/wire.ts";
import type { Socket } from "./socket.ts";

/** A room, as what it remembers is asked for. */
export interface Remembering {
  /** Where it is; undefined where it remembers nothing. */
  readonly at: Position | undefined;
  /** The texts of what one has missed who was somewhere then, in order; undefined when that is not known any more. */
  missed(by: Absentee, then: Resume): readonly string[] | undefined;
}

/** Tells each socket, before all else, where its room is: then it can say so when it comes back. */
export function placing(own: ((socket: Socket) => unknown) | undefined) {
  return function open(this: unknown, socket: Socket): unknown {
    const at = remembering(socket).at;
    if (at) {
      const place: Place = { epoch: at[0], offset: at[1], socket: socket.id };
      socket.send(notificationText(AT, JSON.stringify(place)));
    }
    return own?.call(this, socket);
  };
}

/** The method by which a client that came back asks for what it missed: once in the life of a socket, since its answer may be large. */
export function resuming(): Method<Socket> {
  const done = new WeakSet<Socket>();
  return {
    params: RESUME_PARAMS,
    handle(socket, then) {
      if (done.has(socket)) throw new RpcError(409, "this socket has resumed");
      done.add(socket);
      const room = remembering(socket);
      const missed = room.missed(socket, then as Resume);
      const at = JSON.stringify(room.at ?? ["", 0]);
      return new Written(`{"recovered":${missed !== undefined},"at":${at},"missed":[${(missed ?? []).join(",")}]}`);
    },
  };
}

/** A room of ours, whose own way with its history handlers don't see. */
function remembering({ room }: Socket): Remembering {
  return room as unknown as Remembering;
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
