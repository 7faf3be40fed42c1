import { defineSocket } from "onesocket";

export const echo = defineSocket({
  name: "echo",
  message: (socket, data) => socket.send(data),
});
