import { Hono } from "hono";
import { upgradeWebSocket } from "hono/cloudflare-workers";
import { rooms } from "onesocket";
import { durableRoom, sockets, worker } from "onesocket/cloudflare";
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
  rooms: {
    chat: "CHAT",
    lobbi: "CHAT",
    game: "GAMES",
    slow: "isolate",
    patient: "isolate",
    strict: "isolate",
    full: "isolate",
  },
});

/** Of another helper, by which workerd opens a socket with handlers of its own. */
const another = new Hono().get(
  "/another",
  upgradeWebSocket(() => ({ onMessage: (_, ws) => ws.send("theirs") })),
);
const anotherHosted = worker(another);
const anotherBare = new Hono().use(sockets()).route("/", another);

tellMistaken(worker);
tellThrown(() => durableRoom({ chat } as never));

export default {
  async fetch(request: Request, env: Env, context: Parameters<Handler["fetch"]>[2]): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname.startsWith("/bare/")) return bare.fetch(request, env);
    if (pathname === "/another") return (search ? anotherBare : anotherHosted).fetch(request, env, context as never);
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
