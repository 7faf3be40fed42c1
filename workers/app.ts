import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { secureHeaders } from "hono/secure-headers";
import { rooms } from "onesocket";
import { upgrade } from "onesocket/hono";
import { chat } from "./chat.ts";
import { isRoom, readText } from "./protocol.ts";

/** What the app reads from its environment. */
export interface Env {
  /** Lets its bearer announce; without it nobody can. `npm run dev` sets it to `dev`. */
  readonly ADMIN_TOKEN?: string | undefined;
}

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
