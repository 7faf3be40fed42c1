import { worker } from "onesocket/cloudflare";
import { placed, shardedRoom } from "onesocket/cloudflare/shards";
import { app, fileFor } from "./app.ts";
import { chat } from "./chat.ts";

/** The binding that wrangler.toml's `[assets]` makes. */
interface Assets {
  readonly ASSETS: { fetch(url: URL, request: Request): Promise<Response> };
}

// A copy, since the original's headers cannot be changed.
app.get("*", async (c) => {
  const { ASSETS } = c.env as unknown as Assets;
  const file = await ASSETS.fetch(new URL(fileFor(c.req.path), c.req.url), c.req.raw);
  return new Response(file.body, file);
});

/** A Durable Object of the chat: a room, or a part of one whose name begins with `big-`. */
export class Chat extends shardedRoom(chat) {}

/** The people of a big room are in two objects, each of which greets newcomers with its own; all hear all that is said. */
const shards = (room: string) => (room.startsWith("big-") ? 2 : 1);

export default worker(app, { rooms: { chat: placed({ binding: "CHAT", shards }) } });
