/** What `Bun.Server.upgrade` takes of us. */
export interface BunUpgradeOptions {
  readonly headers: Headers;
  readonly data: unknown;
}

/** `Bun.Server`, as far as it is used here. */
export interface BunServer {
  /** Takes {@link BunUpgradeOptions}, where the official type goes by what the program says of its sockets' `data`. */
  upgrade(request: Request, options: never): boolean;
  requestIP(request: Request): { readonly address: string } | null;
  publish(topic: string, data: string | Uint8Array<ArrayBuffer>, compress?: boolean): number;
}

/** `Bun.ServerWebSocket`, as far as it is used here. */
export interface BunSocket {
  readonly data: unknown;
  binaryType?: "nodebuffer" | "arraybuffer" | "uint8array" | "blob";
  send(data: string | Uint8Array<ArrayBuffer>, compress?: boolean): number;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** To all subscribers but this socket. */
  publish(topic: string, data: string | Uint8Array<ArrayBuffer>, compress?: boolean): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
  getBufferedAmount(): number;
  ping(): number;
  pause(): void;
  resume(): void;
}

/** Where a context lives: one for all sockets, or one for each. */
export type BunContext = "shared" | "dedicated";

/** `Bun.WebSocketHandler`, as far as it is used here. */
export interface BunWebSocketHandler {
  readonly maxPayloadLength: number;
  readonly backpressureLimit: number;
  readonly idleTimeout: number;
  readonly sendPings?: boolean;
  readonly perMessageDeflate?: boolean | { readonly compress: BunContext; readonly decompress: BunContext };
  open(socket: BunSocket): void;
  message(socket: BunSocket, data: string | Uint8Array<ArrayBuffer>): void;
  pong(socket: BunSocket): void;
  drain(socket: BunSocket): void;
  close(socket: BunSocket, code: number, reason: string): void;
}

/** `Deno.ServeHandlerInfo`, as far as it is used here; an address of a Unix socket has no hostname. */
export interface DenoInfo {
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string };
}

/** The `WebSocket` of `Deno.upgradeWebSocket`, as far as it is used here. */
export interface DenoSocket {
  binaryType: "blob" | "arraybuffer";
  readonly readyState: number;
  readonly bufferedAmount: number;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: DenoMessageEvent) => void): void;
  addEventListener(type: "close", listener: (event: DenoCloseEvent) => void): void;
  send(data: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** With `binaryType` "arraybuffer". */
export interface DenoMessageEvent {
  readonly data: string | ArrayBuffer;
}

/** `CloseEvent`. */
export interface DenoCloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** The `Deno` namespace, as far as it is used here. */
export interface DenoNamespace {
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout?: number },
  ): { readonly socket: DenoSocket; readonly response: Response };
}
