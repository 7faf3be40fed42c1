import { defineSocket, type Message, refuse, type Socket } from "onesocket";
import { BAD_NAME, cleanName, type Person, readMessage, type ServerMessage } from "./protocol.ts";

/** A socket's state. The counter outlives the object's hibernation. */
interface Visitor {
  readonly name: string;
  readonly said: number;
}

type Visit = Socket<Visitor>;

/** The sockets that want to know who is typing. */
const TYPING = "typing";

/** The chat: who is here, what they say, and who is about to say something. */
export const chat = defineSocket({
  name: "chat",
  heartbeat: true,
  limits: { messageBytes: 16_384 },

  upgrade(request) {
    const name = cleanName(new URL(request.url).searchParams.get("name") ?? "");
    if (name === "") return refuse(BAD_NAME, "a name is needed");
    return { state: { name, said: 0 } satisfies Visitor };
  },

  open(socket) {
    socket.subscribe(TYPING);
    tell(socket, { type: "welcome", you: socket.id, people: socket.room.sockets.map(person) });
    socket.room.send(json({ type: "joined", person: person(socket), at: Date.now() }), { except: socket });
  },

  message: (socket, data) => receive(socket, data),

  close(socket) {
    socket.room.send(json({ type: "left", person: person(socket), at: Date.now() }));
  },
});

/** What an announcement is, on the wire. */
export function announcement(text: string): string {
  return json({ type: "announcement", text, at: Date.now() });
}

function receive(socket: Visit, data: Message): void {
  const message: ReturnType<typeof readMessage> =
    typeof data === "string" ? readMessage(data) : { type: "problem", text: "a message is text" };
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
