import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Failure } from "../../core/contract/failures.ts";
import { tell } from "../../core/contract/observer.ts";
import { isRead } from "./bytes.ts";
import { answerClientErrors } from "./client-errors.ts";
import { routeUpgrades } from "./http1.ts";
import { takeStreams } from "./http2.ts";
import { keepAlive } from "./keep-alive.ts";
import type { Opening, OpeningSink } from "./opening.ts";
import { PreambleReader } from "./preamble.ts";
import { Routing } from "./routing.ts";
import type { AnyServer } from "./server.ts";
import type { Upgrader } from "./upgrader.ts";

const routers = new WeakMap<AnyServer, Router>();

/** Adds a host to those that share a server. `isOwn`: it has made the server itself. The returned function takes it away again. */
export function join(server: AnyServer, host: Upgrader, isOwn: boolean): () => void {
  const router = routers.get(server) ?? new Router(server, isOwn);
  routers.set(server, router);
  router.add(host);
  return () => {
    router.hosts.splice(router.hosts.indexOf(host), 1);
    if (router.hosts.length > 0) return;
    routers.delete(server);
    router.end();
  };
}

/** The router of a server, as long as it has hosts. */
export function routerOf(server: AnyServer): Router | undefined {
  return routers.get(server);
}

/** Routes the handshakes of one server to its hosts: whatever none of them takes is answered once. */
export class Router implements OpeningSink {
  readonly hosts: Upgrader[] = [];
  readonly #preambles: PreambleReader;
  readonly #ends: readonly (() => void)[];

  constructor(server: AnyServer, isOwn: boolean) {
    this.#preambles = new PreambleReader(server as Server, this.hosts, isOwn);
    server.on("connection", accepted);
    this.#ends = [
      () => this.#preambles.end(),
      () => server.off("connection", accepted),
      routeUpgrades(server, this),
      answerClientErrors(server as Server, (event) => {
        for (const observe of new Set(this.hosts.map((host) => host.observe))) tell(observe, event);
      }),
      ...("updateSettings" in server ? [takeStreams(server, this)] : []),
    ];
  }

  add(host: Upgrader): void {
    this.hosts.push(host);
    this.#preambles.begin(host);
  }

  route(opening: Opening, othersMs?: number, head?: Uint8Array): void {
    new Routing(opening, this.hosts, othersMs, head).start();
  }

  refuse(opening: Opening, reason: Failure): void {
    opening.stream.on("error", () => {});
    this.hosts[0]!.refuse(opening, reason);
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

/** A connection whose first bytes are looked at is kept alive later, if at all, since that takes four system calls. */
function accepted(socket: NetSocket): void {
  if (!isRead(socket)) keepAlive(socket);
}
