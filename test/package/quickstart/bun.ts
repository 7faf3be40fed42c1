import { bun } from "onesocket/bun";
import { chat } from "./chat.ts";

export default { port: 0, hostname: "127.0.0.1", ...bun(chat) };
