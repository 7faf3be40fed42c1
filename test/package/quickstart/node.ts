import { serve } from "onesocket/node";
import { chat } from "./chat.ts";

const { port } = await serve(chat, { port: 0, hostname: "127.0.0.1" });
console.log(`Listening on http://127.0.0.1:${port}`);
