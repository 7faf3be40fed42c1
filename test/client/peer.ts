import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Client, Status } from "../../src/client/index.ts";

/** A server of `ws`, each of whose sockets is kept for a test to drive. */
export class Peer {
  readonly sockets: WebSocket[] = [];
  readonly requests: IncomingMessage[] = [];
  /** Texts that came, of all sockets, but for pings. */
  readonly texts: string[] = [];
  /** Called with each socket that opens. */
  onOpen: (socket: WebSocket) => void = () => {};
  readonly #server: WebSocketServer;
  readonly #waiting: (() => void)[] = [];

  private constructor(server: WebSocketServer, serve: (socket: WebSocket, text: string) => void) {
    this.#server = server;
    server.on("connection", (socket, request) => {
      this.sockets.push(socket);
      this.requests.push(request);
      socket.on("error", () => {});
      this.onOpen(socket);
      socket.on("message", (data, isBinary) => {
        if (isBinary) socket.send(data, { binary: true });
        else {
          this.texts.push(String(data));
          serve(socket, String(data));
        }
        this.#changed();
      });
      this.#changed();
    });
  }

  /** `serve` is given each text; default: it is sent back. */
  static async start(serve: (socket: WebSocket, text: string) => void = (socket, text) => socket.send(text), port = 0) {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port,
      handleProtocols: (offered) => [...offered].find((name) => !name.startsWith("bearer.")) ?? false,
    });
    await once(server, "listening");
    return new Peer(server, serve);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Resolves when `is` holds, asked anew whenever something has happened. */
  async until(is: () => unknown): Promise<void> {
    while (!is()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A proxy that can stop forwarding, without a FIN. */
export class Tunnel {
  readonly url: string;
  frozen = false;
  /** Told when the client's side has ended. */
  readonly ended: Promise<void>;
  readonly #sockets: Socket[] = [];
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.ended = new Promise((resolve) => {
      server.on("connection", (client: Socket) => {
        const upstream = connect(port, "127.0.0.1");
        this.#sockets.push(client, upstream);
        for (const [from, to] of [
          [client, upstream],
          [upstream, client],
        ] as const) {
          from.on("error", () => {});
          from.on("data", (chunk) => this.frozen || to.write(chunk));
          from.on("end", () => this.frozen || to.end());
        }
        client.on("close", () => resolve());
      });
    });
  }

  static async to(port: number): Promise<Tunnel> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Tunnel(server, port);
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** The first status that it has from now on, or has, for which `is` holds. */
export async function reaching(
  client: Client<never> | Client,
  is: Status["state"] | ((status: Status) => boolean),
): Promise<Status> {
  const fits = typeof is === "string" ? (status: Status) => status.state === is : is;
  while (!fits(client.status)) await event(client, "status");
  return client.status;
}

/** The next event of a name. */
export function event<Seen extends Event>(target: EventTarget, name: string): Promise<Seen> {
  return new Promise((resolve) => target.addEventListener(name, (seen) => resolve(seen as Seen), { once: true }));
}
