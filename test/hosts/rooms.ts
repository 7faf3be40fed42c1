import { defineSocket } from "onesocket";

/** Everyone at one path hears one another. */
export default defineSocket({
  name: "rooms",
  origins: "*",
  upgrade: (request) => ({ room: new URL(request.url).pathname }),
  message: (socket, data) => socket.room.send(data),
});
