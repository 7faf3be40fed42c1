import type { Socket as NetSocket, Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { signatureOf } from "../../core/upgrade/proxy-signature.ts";
import { builtin } from "./builtin.ts";
import { type First, readFirst } from "./first-read.ts";
import { type PeerAddress, setPeer } from "./proxied-peer.ts";
import { preambleFailure, rejectConnection, requestTimeout } from "./rejected.ts";
import type { Upgrader } from "./upgrader.ts";

type Listener = (socket: NetSocket) => void;

/**
 * Reads the PROXY protocol's header that proxies of ours put before all else. Its source is then the peer's address:
 * `socket.remoteAddress`, for all listeners of the server. Stands before a server's `connection` listeners, since HTTP and TLS take
 * the bytes as soon as they hear of a connection.
 */
export class PreambleReader {
  readonly #server: Server;
  /** The server's hosts, whose proxies are believed. */
  readonly #hosts: readonly Upgrader[];
  readonly #isSecure: boolean;
  /** On a server of ours with TLS everybody's first bytes are looked at, to name a header that is not believed: TLS would make garbage of it. */
  readonly #readsAll: boolean;
  /** The listeners that were there before us, in their order. Later ones are not held up. Undefined as long as there is nothing to read. */
  #listeners: readonly Listener[] | undefined;
  /** By connection: TLS makes a socket of its own over the one that was read. */
  readonly #peers = new Map<string, PeerAddress>();

  /** `isOwn`: the server is ours. */
  constructor(server: Server, hosts: readonly Upgrader[], isOwn: boolean) {
    this.#server = server;
    this.#hosts = hosts;
    this.#isSecure = server instanceof builtin("tls").Server;
    this.#readsAll = isOwn && this.#isSecure;
  }

  /** Begins with the first host whose connections have to be read. */
  begin({ proxies }: Upgrader): void {
    if (this.#listeners || !(proxies || this.#readsAll)) return;
    this.#listeners = this.#server.rawListeners("connection") as Listener[];
    this.#replace([this.#connected]);
    this.#server.prependListener("secureConnection", this.#secured);
  }

  end(): void {
    if (!this.#listeners) return;
    const later = this.#server.rawListeners("connection").filter((listener) => listener !== this.#connected);
    this.#replace([...this.#listeners, ...(later as Listener[])]);
    this.#server.off("secureConnection", this.#secured);
  }

  #replace(listeners: readonly Listener[]): void {
    this.#server.removeAllListeners("connection");
    for (const listener of listeners) this.#server.on("connection", listener);
  }

  readonly #connected = (socket: NetSocket): void => {
    const trusting = this.#hosts.find(({ proxies }) => proxies?.has(socket.remoteAddress ?? ""));
    const host = trusting ?? (this.#readsAll ? this.#hosts[0] : undefined);
    const read = trusting?.proxies?.readPreamble ?? signatureOf;
    if (host) readFirst(socket, read, host.limits.handshakeMs, (first) => this.#decide(socket, host, first));
    else this.#pass(socket);
  };

  #decide(socket: NetSocket, { observe }: Upgrader, first: First): void {
    if (first.kind === "none" || first.kind === "header") {
      if (first.kind === "header") this.#setPeer(socket, first.source ?? socket);
      this.#pass(socket);
      return;
    }
    const malformed = first.kind === "malformed" ? first.what : undefined;
    const reason = first.kind === "late" ? requestTimeout() : preambleFailure(socket, malformed);
    rejectConnection(socket, reason, !this.#isSecure, observe);
  }

  #pass(socket: NetSocket): void {
    for (const listener of this.#listeners ?? []) listener.call(this.#server, socket);
  }

  #setPeer(socket: NetSocket, peer: PeerAddress): void {
    const connection = nameOf(socket);
    setPeer(socket, peer);
    if (!this.#isSecure) return;
    this.#peers.set(connection, peer);
    socket.once("close", () => this.#peers.delete(connection));
  }

  readonly #secured = (socket: TLSSocket): void => {
    const peer = this.#peers.get(nameOf(socket));
    if (peer) setPeer(socket, peer);
  };
}

/** Both ends of a connection, which no other one has at the same time. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: NetSocket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
