import { defineSocket, RpcError, refuse, type Socket, type, type UpgradeContext } from "onesocket";
import type { Env } from "./env.ts";
import { pace } from "./pace.ts";
import {
  BAD_NAME,
  cleanName,
  FULL,
  MAX_PEOPLE,
  NAME,
  type News,
  NO_TICKET,
  type Person,
  type Presence,
  SAY,
  type Say,
  SWITCH,
  TOO_FAST,
} from "./protocol.ts";
import { nameOn } from "./ticket.ts";

/** A socket's state. It outlives the object's hibernation. */
interface Visitor {
  readonly name: string;
  readonly said: number;
  /** The others know of it: false for one who found the room full. */
  readonly isIn: boolean;
  readonly paidUntil: number;
}

type Visit = Socket<Visitor, Env, News>;

/** The sockets that want to know who is typing. */
const TYPING = "typing";

/** For a day, as much as a page asks for when somebody comes in. */
const KEPT = { messages: 200, ms: 24 * 60 * 60_000 };

/** Rooms that span processes over NATS, PostgreSQL or the cores of a machine have none: `npm run dev:cluster` says so. */
const hasHistory = globalThis.process?.env?.CHAT_HISTORY !== "none";

/** The chat: who is here, what they say, and who is about to say something. */
export const chat = defineSocket({
  name: "chat",
  history: hasHistory ? KEPT : undefined,
  // Beyond this nobody is told to slow down any more.
  limits: { messageBytes: 16_384, messagesPerSecond: 1000 },

  async upgrade(request, { env }: UpgradeContext<Env>) {
    const { searchParams } = new URL(request.url);
    const [ticket, asked] = [searchParams.get("ticket"), cleanName(searchParams.get("name") ?? "")];
    if (ticket === null && asked === "") return refuse(BAD_NAME, "a name is needed");
    const name = env.TICKET_KEY ? await nameOn(ticket ?? "", env.TICKET_KEY) : asked;
    if (name === undefined) return refuse(NO_TICKET, "a ticket is needed");
    const state: Visitor = { name, said: 0, isIn: false, paidUntil: 0 };
    return { state };
  },

  methods: {
    say: { params: SAY, handle: (socket, message) => paced(socket, () => say(socket, message)) },
    rename: { params: NAME, handle: (socket, name) => paced(socket, () => rename(socket, name)) },
    typing: { params: SWITCH, handle: (socket, on) => paced(socket, () => hint(socket, on)) },
    /** Whether this page wants typing hints: a hidden one does not. */
    hints: { params: SWITCH, handle: (socket, on) => paced(socket, () => wantHints(socket, on)) },
  },

  notifications: {
    welcome: type<News["welcome"]>(),
    joined: type<News["joined"]>(),
    left: type<News["left"]>(),
    renamed: type<News["renamed"]>(),
    said: type<News["said"]>(),
    announcement: type<News["announcement"]>(),
    typing: type<News["typing"]>(),
  },

  open(socket) {
    if (people(socket).length >= MAX_PEOPLE) return socket.close(FULL, "the room is full");
    socket.setState({ ...socket.state, isIn: true });
    socket.subscribe(TYPING);
    socket.notify("welcome", { you: socket.id, people: people(socket) });
    socket.room.notify("joined", presence(socket), { except: socket });
  },

  close(socket) {
    if (socket.state.isIn) socket.room.notify("left", presence(socket));
  },
});

function people({ room }: Visit): readonly Person[] {
  return room.sockets.filter(({ state }) => state.isIn).map(person);
}

/** Does it, unless too much has been asked for. Throws what the caller is to be told. */
function paced<Result>(socket: Visit, act: () => Result): Result {
  if (!socket.state.isIn) throw new RpcError(FULL, "the room is full");
  const { verdict, paidUntil } = pace(socket.state.paidUntil, Date.now());
  socket.setState({ ...socket.state, paidUntil });
  if (verdict === "fine") return act();
  if (verdict === "flood") socket.close(TOO_FAST, "too many messages");
  throw new RpcError(TOO_FAST, "slow down a little");
}

function say(socket: Visit, message: Say): void {
  socket.setState({ ...socket.state, said: socket.state.said + 1 });
  socket.room.notify("said", { ...message, from: person(socket), at: Date.now() });
}

/** Resolves with the name as it is shown. */
function rename(socket: Visit, name: string): string {
  const before = socket.state.name;
  if (name === before) return name;
  socket.setState({ ...socket.state, name });
  socket.room.notify("renamed", { ...presence(socket), before });
  return name;
}

/** Sent rather than notified: nobody who comes later wants to know who was typing. */
function hint(socket: Visit, on: boolean): void {
  const text: string | undefined = chat.notification?.("typing", { from: person(socket), on });
  if (text) socket.room.send(text, { topic: TYPING, except: socket });
}

function wantHints(socket: Visit, on: boolean): void {
  if (on) socket.subscribe(TYPING);
  else socket.unsubscribe(TYPING);
}

function presence(socket: Visit): Presence {
  return { person: person(socket), at: Date.now() };
}

function person({ id, state }: Visit): Person {
  return { id, name: state.name, said: state.said };
}
