import { defineSocket, type Message, refuse, type Socket } from "onesocket";
import { pace } from "./pace.ts";
import {
  BAD_NAME,
  type ClientMessage,
  cleanName,
  FULL,
  MAX_PEOPLE,
  type Person,
  type Problem,
  readMessage,
  type ServerMessage,
  TOO_FAST,
} from "./protocol.ts";

/** A socket's state. It outlives the object's hibernation. */
interface Visitor {
  readonly name: string;
  readonly said: number;
  /** The others know of it: false for one who found the room full. */
  readonly isIn: boolean;
  readonly paidUntil: number;
}

type Visit = Socket<Visitor>;

/** The sockets that want to know who is typing. */
const TYPING = "typing";

/** The chat: who is here, what they say, and who is about to say something. */
export const chat = defineSocket({
  name: "chat",
  // What a page sends to find out whether its connection is still there: it cannot send a protocol ping.
  heartbeat: { text: { ping: "ping", pong: "pong" } },
  limits: { messageBytes: 16_384 },

  upgrade(request) {
    const name = cleanName(new URL(request.url).searchParams.get("name") ?? "");
    if (name === "") return refuse(BAD_NAME, "a name is needed");
    const state: Visitor = { name, said: 0, isIn: false, paidUntil: 0 };
    return { state };
  },

  open(socket) {
    if (people(socket).length >= MAX_PEOPLE) return socket.close(FULL, "the room is full");
    socket.setState({ ...socket.state, isIn: true });
    socket.subscribe(TYPING);
    tell(socket, { type: "welcome", you: socket.id, people: people(socket) });
    socket.room.send(json({ type: "joined", person: person(socket), at: Date.now() }), { except: socket });
  },

  message: (socket, data) => {
    if (socket.state.isIn) receive(socket, data);
  },

  close(socket) {
    if (!socket.state.isIn) return;
    socket.room.send(json({ type: "left", person: person(socket), at: Date.now() }));
  },
});

/** What an announcement is, on the wire. */
export function announcement(text: string): string {
  return json({ type: "announcement", text, at: Date.now() });
}

function people({ room }: Visit): readonly Person[] {
  return room.sockets.filter(({ state }) => state.isIn).map(person);
}

function receive(socket: Visit, data: Message): void {
  const { verdict, paidUntil } = pace(socket.state.paidUntil, Date.now());
  socket.setState({ ...socket.state, paidUntil });
  const message: ClientMessage | Problem =
    typeof data === "string" ? readMessage(data) : { type: "problem", text: "a message is text" };
  if (verdict === "fine") heed(socket, message);
  else if (verdict === "flood") socket.close(TOO_FAST, "too many messages");
  // A hint that is not passed on is nobody's loss.
  else if (message.type === "say") tell(socket, { type: "error", id: message.id, text: "slow down a little" });
}

function heed(socket: Visit, message: ClientMessage | Problem): void {
  if (message.type === "say") say(socket, message.id, message.text);
  else if (message.type === "typing") hint(socket, message.on);
  else if (message.type === "problem") tell(socket, { ...message, type: "error" });
  else if (message.on) socket.subscribe(TYPING);
  else socket.unsubscribe(TYPING);
}

function say(socket: Visit, id: string, text: string): void {
  socket.setState({ ...socket.state, said: socket.state.said + 1 });
  socket.room.send(json({ type: "said", id, from: person(socket), text, at: Date.now() }));
}

function hint(socket: Visit, on: boolean): void {
  socket.room.send(json({ type: "typing", from: person(socket), on }), { topic: TYPING, except: socket });
}

function person({ id, state }: Visit): Person {
  return { id, name: state.name, said: state.said };
}

function tell(socket: Visit, message: ServerMessage): void {
  socket.send(json(message));
}

function json(message: ServerMessage): string {
  return JSON.stringify(message);
}
