/** What someone would write for Deno alone. */
import { ready } from "./ready.ts";

declare const Deno: {
  serve(options: object, handler: (request: Request) => Response): unknown;
  upgradeWebSocket(request: Request): { readonly socket: WebSocket; readonly response: Response };
};

const onListen = ({ port }: { port: number }) => ready(port);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  socket.onerror = () => {};
  return response;
});
