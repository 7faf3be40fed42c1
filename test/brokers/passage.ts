import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../helpers/programs.ts";

/** What lies between a process and an engine, and can part them. */
export interface Passage {
  readonly port: number;
  /** Breaks all connections, and lets none be made. */
  part(): void;
  join(): void;
  /** Breaks all connections; others may be made. */
  cut(): void;
  close(): void;
}

/** A way to a port of 127.0.0.1. */
export async function passageTo(to: number): Promise<Passage> {
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((socket) => {
    if (!open) return void socket.destroy();
    const onward = connect(to, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one
        .on("error", () => other.destroy())
        .on("close", () => {
          sockets.delete(one);
          other.destroy();
        });
    }
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const part = () => {
    open = false;
    cut();
  };
  const join = () => {
    open = true;
  };
  return { port, part, join, cut, close: () => void server.close(cut) };
}
