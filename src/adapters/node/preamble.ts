import type { Socket as NetSocket, Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ReadPreamble, type Source, signatureOf } from "../../core/upgrade/proxy-signature.ts";
import { builtin } from "./builtin.ts";
import { type First, readFirst } from "./first-read.ts";
import { introduce } from "./introduced.ts";
import { answerStray, refusedPreamble, tooLate } from "./stray.ts";
import type { Upgrader } from "./upgrader.ts";

type Listener = (socket: NetSocket) => void;

/**
 * Reads the PROXY protocol's header that proxies of ours put before all else. Its source is then the peer's address:
 * `socket.remoteAddress`, for all listeners of the server. Stands before a server's `connection` listeners, since HTTP and TLS take
 * the bytes as soon as they hear of a connection.
 */
export class Front {
  readonly #server: Server;
  /** Those of the server, whose proxies are believed. */
  readonly #hosts: readonly Upgrader[];
  /** On TLS, everybody's first bytes are looked at, to name a header that is not believed: it would make garbage of it. */
  readonly #isSecure: boolean;
  readonly #isOwn: boolean;
  /** Those that were there before us, in their order. Later ones are not held up. Undefined as long as there is nothing to read. */
  #listeners: readonly Listener[] | undefined;
  /** By connection: TLS makes a socket of its own over the one that was read. */
  readonly #sources = new Map<string, Source | NetSocket>();

  /** `isOwn`: the server is ours. */
  constructor(server: Server, hosts: readonly Upgrader[], isOwn: boolean) {
    this.#server = server;
    this.#hosts = hosts;
    this.#isSecure = server instanceof builtin("tls").Server;
    this.#isOwn = isOwn;
  }

  /** Begins with the first host that it is needed for. */
  begin({ proxies }: Upgrader): void {
    if (this.#listeners || !(proxies || (this.#isOwn && this.#isSecure))) return;
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
    const host = trusting ?? (this.#isOwn && this.#isSecure ? this.#hosts[0] : undefined);
    if (host) this.#read(socket, host, trusting?.proxies?.readPreamble ?? signatureOf);
    else this.#pass(socket);
  };

  #read(socket: NetSocket, host: Upgrader, read: ReadPreamble): void {
    readFirst(socket, { read, ms: host.limits.handshakeMs, done: (first) => this.#decide(socket, host, first) });
  }

  #decide(socket: NetSocket, host: Upgrader, first: First): void {
    if (first.kind === "none") this.#pass(socket);
    else if (first.kind === "header") this.#introduce(socket, first.source ?? socket);
    else this.#refuse(socket, host, first);
  }

  #pass(socket: NetSocket): void {
    for (const listener of this.#listeners ?? []) listener.call(this.#server, socket);
  }

  #introduce(socket: NetSocket, source: Source | NetSocket): void {
    const connection = nameOf(socket);
    introduce(socket, source);
    if (this.#isSecure) {
      this.#sources.set(connection, source);
      socket.once("close", () => this.#sources.delete(connection));
    }
    this.#pass(socket);
  }

  readonly #secured = (socket: TLSSocket): void => {
    const source = this.#sources.get(nameOf(socket));
    if (source) introduce(socket, source);
  };

  #refuse(socket: NetSocket, { observe }: Upgrader, first: First): void {
    const malformed = first.kind === "malformed" ? first.what : undefined;
    const reason = first.kind === "late" ? tooLate() : refusedPreamble(socket, malformed);
    answerStray(socket, reason, !this.#isSecure, observe);
  }
}

/** The two ends, which no other connection of the moment has. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: NetSocket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
