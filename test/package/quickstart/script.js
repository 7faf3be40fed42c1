import { defineSocket } from "onesocket";

export default defineSocket({
  name: "echo",
  message: (socket, data) => socket.send(data),
});
