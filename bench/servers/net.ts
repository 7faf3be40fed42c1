/** What Node's sockets can do at most: no HTTP, no frames. It knows from the path what to answer each chunk with. */
import { type AddressInfo, createServer } from "node:net";
import { answer, SWITCHING } from "./answerer.ts";
import { ready } from "./ready.ts";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", (head: Buffer) => {
    const [, path = "/"] = head.toString("latin1").split(" ", 2);
    socket.write(SWITCHING);
    answer(socket, path);
  });
});
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
