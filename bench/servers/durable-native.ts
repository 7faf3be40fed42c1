import { DurableObject } from "cloudflare:workers";

interface Socket {
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
}

declare const WebSocketPair: new () => { readonly 0: Socket; readonly 1: Socket };

interface Env {
  readonly FAN_OUT?: string;
  readonly BENCH: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

interface State {
  acceptWebSocket(socket: Socket): void;
  getWebSockets(): Socket[];
}

/** What someone would write for Cloudflare alone: sockets that hibernate, and are answered. */
export class Bench extends DurableObject<Env> {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    (this.ctx as unknown as State).acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client } as ResponseInit);
  }

  override webSocketMessage(socket: Socket, data: string | ArrayBuffer): void {
    if (!this.env.FAN_OUT) socket.send(data);
    else for (const each of (this.ctx as unknown as State).getWebSockets()) each.send(data);
  }

  override webSocketClose(socket: Socket, code: number, reason: string): void {
    socket.close(code === 1005 || code === 1006 ? undefined : code, reason);
  }
}

export default {
  fetch: (request: Request, { BENCH }: Env) => BENCH.getByName("default").fetch(request),
};
