import type { AddressInfo } from "node:net";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import { ready } from "./ready.ts";
import { said } from "./said.ts";

const { procedure, router } = initTRPC.create();
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
applyWSSHandler({
  wss: server,
  router: router({ say: procedure.input(said).mutation(({ input }) => input.text) }),
});
// A reset is an error to ws.
server.on("connection", (socket) => socket.on("error", () => {}));
server.on("listening", () => ready((server.address() as AddressInfo).port));
