import { Hono } from "hono";
import { upgrade } from "onesocket/hono";
import { serve } from "onesocket/node";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

const app = new Hono().get("/", (c) => upgrade(c, definition));
const { port } = await serve(app, { port: 0, hostname: "127.0.0.1" });
ready(port);
