import { defineSocket, rooms, type } from "onesocket";
import { connect } from "onesocket/client";
import { fromConnection, webSocketServer } from "onesocket/ws";

// What a library or a project that others refer to exports, without a type written by hand.
export const chat = defineSocket({
  name: "chat",
  upgrade: (request) => ({ state: { name: request.url } }),
  presence: (state) => ({ who: state.name }),
  methods: {
    rename: { params: type<string>(), handle: (socket, name) => socket.setState({ name }) },
    now: { handle: () => Date.now() },
  },
  notifications: { said: type<{ text: string }>() },
});
export const plain = defineSocket({ name: "plain", message: (socket, data) => socket.send(data) });
export const lobby = rooms(chat).get("lobby");
export const client = connect<typeof chat>("wss://chat.example/");
export const others = () => client.others;
export const answer = () => client.request("rename", "ada");
export const server = webSocketServer({ name: "server" });
export const connection = fromConnection({ name: "connection" }, (ws) => ws.send("hello"));
