import type { Socket as NetSocket, Server } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Observer } from "../../core/contract/observer.ts";
import { type Source, signatureOf } from "../../core/upgrade/proxy-signature.ts";
import type { Proxies } from "../../core/upgrade/remote-address.ts";
import { builtin } from "./builtin.ts";
import { type First, readFirst } from "./first-read.ts";
import { introduce } from "./introduced.ts";
import { answerStray, refusedPreamble, tooLate } from "./stray.ts";

/** Whose PROXY protocol headers are read. */
export interface PreambleRules {
  readonly proxies: Proxies | undefined;
  readonly observe: Observer;
  /** Milliseconds in which a header has to be whole. */
  readonly handshakeMs: number;
  /** Looks at everybody's first bytes, to name a header that is not believed: TLS would make garbage of it. */
  readonly everyone: boolean;
}

const fronts = new WeakMap<Server, Front>();

/**
 * Reads the PROXY protocol's header that proxies of ours put before all else. Its source is then the peer's address:
 * `socket.remoteAddress`, for all listeners of the server. Returns what ends it.
 */
export function takePreambles(server: Server, rules: PreambleRules): () => void {
  if (!rules.proxies && !rules.everyone) return () => {};
  const front = fronts.get(server) ?? new Front(server);
  fronts.set(server, front);
  return front.add(rules);
}

type Listener = (socket: NetSocket) => void;

/** Stands before a server's `connection` listeners: HTTP and TLS take the bytes as soon as they hear of a connection. */
class Front {
  readonly #server: Server;
  readonly #rules = new Set<PreambleRules>();
  /** Those that were there before us, in their order. Later ones are not held up. */
  #listeners: readonly Listener[] = [];
  /** By connection: TLS makes a socket of its own over the one that was read. */
  readonly #sources = new Map<string, Source | NetSocket>();

  constructor(server: Server) {
    this.#server = server;
  }

  add(rules: PreambleRules): () => void {
    if (this.#rules.size === 0) this.#begin();
    this.#rules.add(rules);
    return () => {
      if (this.#rules.delete(rules) && this.#rules.size === 0) this.#end();
    };
  }

  #begin(): void {
    this.#listeners = this.#server.rawListeners("connection") as Listener[];
    this.#replace([this.#connected]);
    this.#server.prependListener("secureConnection", this.#secured);
  }

  #end(): void {
    const later = this.#server.rawListeners("connection").filter((listener) => listener !== this.#connected);
    this.#replace([...this.#listeners, ...(later as Listener[])]);
    this.#server.off("secureConnection", this.#secured);
  }

  #replace(listeners: readonly Listener[]): void {
    this.#server.removeAllListeners("connection");
    for (const listener of listeners) this.#server.on("connection", listener);
  }

  readonly #connected = (socket: NetSocket): void => {
    const all = [...this.#rules];
    const trusting = all.find(({ proxies }) => proxies?.has(socket.remoteAddress ?? ""));
    const rules = trusting ?? all.find(({ everyone }) => everyone);
    if (!rules) this.#pass(socket);
    else this.#read(socket, rules, trusting?.proxies);
  };

  /** `believed`: whose proxy it is that sends. */
  #read(socket: NetSocket, { handshakeMs, observe }: PreambleRules, believed: Proxies | undefined): void {
    readFirst(socket, {
      read: believed?.readPreamble ?? signatureOf,
      ms: handshakeMs,
      done: (first) => {
        if (first.kind === "none") this.#pass(socket);
        else if (first.kind === "header") this.#introduce(socket, first.source ?? socket);
        else this.#refuse(socket, observe, first);
      },
    });
  }

  #pass(socket: NetSocket): void {
    for (const listener of this.#listeners) listener.call(this.#server, socket);
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

  #refuse(socket: NetSocket, observe: Observer, first: First): void {
    const malformed = first.kind === "malformed" ? first.what : undefined;
    const stray = first.kind === "late" ? tooLate() : { reason: refusedPreamble(socket, malformed), status: 400 };
    answerStray(socket, { ...stray, readable: !this.#isSecure }, observe);
  }

  get #isSecure(): boolean {
    return this.#server instanceof builtin("tls").Server;
  }
}

/** The two ends, which no other connection of the moment has. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: NetSocket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
