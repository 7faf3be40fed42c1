import { deno } from "onesocket/deno";
import { chat } from "./chat.ts";

export default deno(chat);
