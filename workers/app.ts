import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { secureHeaders } from "hono/secure-headers";
import { rooms } from "onesocket";
import { upgrade } from "onesocket/hono";
import { chat } from "./chat.ts";
import type { Env } from "./env.ts";
import { cleanName, isRoom, readText } from "./protocol.ts";
import { ticketFor } from "./ticket.ts";

type AppEnv = { Bindings: Env };

/** The whole demo but for its files, which each host adds in its own way. */
export const app = new Hono<AppEnv>();

// Everything comes from this host, and nothing is inline.
app.use(
  secureHeaders({
    xFrameOptions: "DENY",
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  }),
);

/** A ticket for the name in the body; nothing where none is needed, or the name is none: the socket's refusal says so. */
app.post("/ticket", async (c) => {
  const { TICKET_KEY: key } = c.env;
  const name = cleanName(await c.req.text());
  return key && name ? c.text(await ticketFor(name, key)) : c.body(null, 204);
});

app.get("/chat/:room", (c) => {
  const room = c.req.param("room");
  return isRoom(room) ? upgrade(c, chat, { room }) : c.notFound();
});

app.use("/admin/*", (c, next) => {
  const token = c.env.ADMIN_TOKEN;
  if (token) return bearerAuth<AppEnv>({ token })(c, next);
  return Promise.resolve(c.text("Announcing is off: set ADMIN_TOKEN to turn it on.\n", 403));
});

app.post("/admin/:room/announce", async (c) => {
  const room = c.req.param("room");
  if (!isRoom(room)) return c.notFound();
  const body: unknown = await c.req.json().catch(() => undefined);
  const text = readText((body as { text?: unknown } | null | undefined)?.text);
  if (text === undefined) return c.text('Send JSON: { "text": "1 to 2000 characters" }\n', 400);
  await rooms(chat, c.env).get(room).notify("announcement", { text, at: Date.now() });
  return c.body(null, 204);
});

/** The file for a path: every room has the same page. */
export function fileFor(path: string): string {
  return path.startsWith("/r/") ? "/" : path;
}
