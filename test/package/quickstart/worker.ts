import { durableRoom, worker } from "onesocket/cloudflare";
import { chat } from "./chat.ts";

export class Chat extends durableRoom(chat) {}

export default worker(chat, { rooms: { chat: "CHAT" } });
