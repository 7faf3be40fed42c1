import { durableRoom, worker } from "onesocket/cloudflare";
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

/** A room of the chat: one Durable Object. */
export class Chat extends durableRoom(chat) {}

export default worker(app, { rooms: { chat: "CHAT" } });
