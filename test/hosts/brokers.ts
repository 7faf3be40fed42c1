import { defineSocket, rooms } from "onesocket";
import { sendReused } from "./buffers.ts";
import { serveOver } from "./engines.ts";

/** What a client of these hosts may ask for; each is answered to it alone, but for messages. */
export type Command =
  /** Sends to the room. */
  | { do: "send"; data: string; topic?: string; except?: string; binary?: boolean; times?: number; repeat?: number }
  /** Sends to the room from bytes that are used again. */
  | { do: "reuse"; kind: string }
  /** Sends to any room, from outside. */
  | { do: "outside"; room: string; data: string; topic?: string }
  /** Sends `id:0`, `id:1` … and so on, until told to stop. */
  | { do: "stream"; everyMs: number }
  /** Ends the stream by `id:end:count`. */
  | { do: "stop" }
  | { do: "subscribe" | "unsubscribe"; topic: string }
  | { do: "close"; topic: string; outside?: boolean }
  | { do: "count"; outside?: boolean }
  /** The process's clock jumps. */
  | { do: "jump"; ms: number };

const streams = new Map<string, { sent: number; timer: ReturnType<typeof setInterval> }>();

/** In each room, a message that is `reply?` is answered by all who hear it, so that a test can see what came after what. */
const definition = defineSocket({
  name: "cluster",
  origins: "*",
  upgrade(request) {
    const { searchParams } = new URL(request.url);
    const [room = "default", topics = ""] = [searchParams.get("room") ?? undefined, searchParams.get("topics") ?? ""];
    return { room, state: { topics } };
  },
  open(socket) {
    for (const topic of socket.state.topics.split(",").filter(Boolean)) socket.subscribe(topic);
    socket.send(JSON.stringify({ id: socket.id }));
  },
  async message(socket, data) {
    const command = JSON.parse(data as string) as Command;
    const answer = await perform(command, socket).catch((error: Error) => ({ error: error.message }));
    if (answer) socket.send(JSON.stringify(answer));
  },
  close: ({ id }) => clearInterval(streams.get(id)?.timer),
});

type Member = Parameters<NonNullable<typeof definition.message>>[0];

async function perform(command: Command, socket: Member): Promise<object | undefined> {
  const { room } = socket;
  const outside = (id = room.id) => rooms(definition).get(id);
  switch (command.do) {
    case "send": {
      const { topic, except, binary, times = 1 } = command;
      const data = command.data.repeat(command.repeat ?? 1);
      const message = binary ? Uint8Array.from(data, (character) => character.charCodeAt(0)) : data;
      for (let i = 0; i < times; i += 1) room.send(message, { topic, except: except ? { id: except } : undefined });
      return undefined;
    }
    case "reuse":
      sendReused(command.kind, (data) => room.send(data));
      return undefined;
    case "outside":
      await outside(command.room).send(command.data, { topic: command.topic });
      return undefined;
    case "stream": {
      const stream = { sent: 0, timer: setInterval(() => tick(), command.everyMs) };
      const tick = () => {
        room.send(`${socket.id}:${stream.sent}`);
        stream.sent += 1;
      };
      streams.set(socket.id, stream);
      return undefined;
    }
    case "stop": {
      const { sent = 0, timer } = streams.get(socket.id) ?? {};
      clearInterval(timer);
      room.send(`${socket.id}:end:${sent}`);
      return undefined;
    }
    case "subscribe":
    case "unsubscribe":
      socket[command.do](command.topic);
      return { done: command.do };
    case "close":
      if (command.outside) await outside().close({ topic: command.topic }, 4003, "kicked");
      else room.close({ topic: command.topic }, 4003, "kicked");
      return undefined;
    case "jump": {
      const { now } = Date;
      Date.now = () => now() + command.ms;
      return { done: command.do };
    }
    case "count":
      return { count: await (command.outside ? outside() : room).count() };
  }
}

await serveOver(definition);
