import { worker } from "onesocket/cloudflare";
import { app, observe } from "./app.ts";

export default worker(app, { rooms: { chat: "isolate" }, observe });
