import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Failure } from "../../core/contract/failures.ts";
import { tell } from "../../core/contract/observer.ts";
import { takeUpgrades } from "./http1.ts";
import { takeStreams } from "./http2.ts";
import { Offer } from "./offer.ts";
import type { Opening, OpeningSink } from "./opening.ts";
import type { AnyServer } from "./server.ts";
import { takeStrays } from "./strays.ts";
import type { Upgrader } from "./upgrader.ts";

/** Milliseconds of silence after which TCP asks whether the peer is still there. */
const KEEP_ALIVE_MS = 60_000;

const routers = new WeakMap<AnyServer, Router>();

/** Adds a host to those that share a server. The returned function takes it away again. */
export function join(server: AnyServer, host: Upgrader): () => void {
  const router = routers.get(server) ?? new Router(server);
  routers.set(server, router);
  router.hosts.push(host);
  return () => {
    router.hosts.splice(router.hosts.indexOf(host), 1);
    if (router.hosts.length > 0) return;
    routers.delete(server);
    router.end();
  };
}

/** The hosts of one server: whatever none of them takes is answered once. */
export class Router implements OpeningSink {
  readonly hosts: Upgrader[] = [];
  readonly #ends: readonly (() => void)[];

  constructor(server: AnyServer) {
    server.on("connection", keepAlive);
    this.#ends = [
      () => server.off("connection", keepAlive),
      takeUpgrades(server, this),
      takeStrays(server as Server, (event) => {
        for (const observe of new Set(this.hosts.map((host) => host.observe))) tell(observe, event);
      }),
      ...("updateSettings" in server ? [takeStreams(server, this)] : []),
    ];
  }

  route(opening: Opening, head: Uint8Array, shared: boolean): void {
    new Offer(opening, head, this.hosts, shared).make();
  }

  refuse(opening: Opening, reason: Failure): void {
    opening.stream.on("error", () => {});
    this.hosts[0]!.refuse(opening, reason);
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

function keepAlive(socket: NetSocket): void {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}
