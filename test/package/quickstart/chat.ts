import { defineSocket, refuse } from "onesocket";

export const chat = defineSocket({
  name: "chat",
  upgrade(request) {
    const name = new URL(request.url).searchParams.get("name");
    return name ? { room: "lobby", state: { name } } : refuse(4400, "a name is needed");
  },
  message: (socket, data) => socket.send(`${socket.state.name}: ${data}`),
});

export default chat;
