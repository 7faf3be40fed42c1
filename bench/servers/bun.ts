/** What someone would write for Bun alone. */
import { ready, wanted } from "./ready.ts";

interface Server {
  readonly port: number;
  upgrade(request: Request): boolean;
  publish(topic: string, data: string | Uint8Array): number;
}

interface Socket {
  send(data: string | Uint8Array): number;
  subscribe(topic: string): void;
}

declare const Bun: { serve(options: object): Server };

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request: Request, self: Server) => (self.upgrade(request) ? undefined : new Response("no", { status: 400 })),
  websocket: {
    open: (socket: Socket) => wanted.fanOut && socket.subscribe("all"),
    message(socket: Socket, data: string | Uint8Array) {
      if (wanted.fanOut) server.publish("all", data);
      else socket.send(data);
    },
  },
});
ready(server.port);
