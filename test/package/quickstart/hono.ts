import { Hono } from "hono";
import { upgrade } from "onesocket/hono";
import { serve } from "onesocket/node";
import { chat } from "./chat.ts";

const app = new Hono().get("/chat", (c) => upgrade(c, chat));
const { port } = await serve(app, { port: 0, hostname: "127.0.0.1" });
console.log(`Listening on http://127.0.0.1:${port}`);
