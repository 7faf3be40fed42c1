import { defineSocket, type } from "onesocket";
import { serveOver } from "./engines.ts";

/** In each room the members see one another's names, which each may change; in a process of its own, over any engine. */
const seen = defineSocket({
  name: "seen",
  origins: "*",
  upgrade(request) {
    const { searchParams } = new URL(request.url);
    return { room: searchParams.get("room") ?? "default", state: { name: searchParams.get("name") ?? "" } };
  },
  presence: ({ name }) => name,
  methods: { rename: { params: type<string>(), handle: (socket, name) => socket.setState({ name }) } },
});

export type Seen = typeof seen;

await serveOver(seen as never);
