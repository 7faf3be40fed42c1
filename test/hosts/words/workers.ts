import { rooms } from "onesocket";
import { durableRoom, worker } from "onesocket/cloudflare";
import { app, bare, chat, game, tellMistaken, tellThrown } from "./mistakes.ts";

export class Chat extends durableRoom(chat) {}
export class Game extends durableRoom(game) {}

interface Env {
  readonly CHAT: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

type Handler = ReturnType<typeof worker>;

// "lobbi" is a slip, and so is "GAMES": the binding is GAME.
const hosted = worker(app, {
  rooms: { chat: "CHAT", lobbi: "CHAT", game: "GAMES", slow: "isolate", strict: "isolate", full: "isolate" },
});

tellMistaken(worker);
tellThrown(() => durableRoom({ chat } as never));

export default {
  async fetch(request: Request, env: Env, context: Parameters<Handler["fetch"]>[2]): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/bare/")) return bare.fetch(request, env);
    if (pathname === "/stub") return env.CHAT.get(env.CHAT.idFromName("default")).fetch(request);
    if (pathname === "/without-env") return Response.json(await sent(undefined));
    if (pathname === "/with-env") return Response.json(await sent(env));
    return hosted.fetch(request, env, context);
  },
};

/** What sending to a room from outside throws. */
async function sent(env: unknown): Promise<string> {
  return rooms(game as never, env)
    .get("tea")
    .send("hello")
    .then(() => "sent", String);
}
