import { defineSocket, rooms, type SocketEvent, type } from "onesocket";
import { serve } from "onesocket/node";
import { type RedisOptions, redis } from "onesocket/redis";

const [, given = "{}"] = process.argv.slice(2);

/** In each room, what is said is remembered; one says as many numbers as one asks for, with a word before each. */
const definition = defineSocket({
  name: "remembered",
  origins: "*",
  history: { messages: 200, ms: 60_000 },
  upgrade: (request) => {
    const { searchParams } = new URL(request.url);
    return { room: searchParams.get("room") ?? "default", state: { topics: searchParams.get("topics") ?? "" } };
  },
  open(socket) {
    for (const topic of socket.state.topics.split(",").filter(Boolean)) socket.subscribe(topic);
  },
  methods: {
    say: {
      params: type<{ word: string; times?: number; topic?: string }>(),
      handle({ room }, { word, times = 1, topic }) {
        for (let i = 0; i < times; i += 1) room.notify("said", `${word}${i}`, { topic });
      },
    },
    outside: {
      params: type<{ room: string; word: string }>(),
      handle: (_, { room, word }) => sayIn(room, word),
    },
    mixed: {
      handle({ room }) {
        room.send("plain");
        room.notify("said", "named");
      },
    },
  },
  notifications: { said: type<string>() },
});

function sayIn(room: string, word: string): Promise<void> {
  return rooms(definition).get(room).notify("said", word);
}

function observe(event: SocketEvent): void {
  if (event.type !== "broker") return;
  console.log(`event ${JSON.stringify("error" in event ? { ...event, error: String(event.error) } : event)}`);
}

const broker = redis(JSON.parse(given) as RedisOptions);
const server = await serve(definition, { broker, observe, port: 0, hostname: "127.0.0.1" });
process.once("SIGTERM", () => void server.close());
console.log(`ready ${server.port}`);
