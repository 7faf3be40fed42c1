import { defineSocket } from "onesocket";

// Somebody forgot to export it by default.
export const chat = defineSocket({ name: "chat" });
