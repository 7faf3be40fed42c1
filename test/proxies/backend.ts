import { type ServeOptions, serve } from "../../src/adapters/node/index.ts";
import { type ProxyOptions, trustProxies } from "../../src/core/upgrade/trusted-proxies.ts";
import { defineSocket, type SocketEvent } from "../../src/index.ts";

/** A server of ours behind a proxy on 127.0.0.1, which keeps what its observer was told. */
export interface Backend {
  readonly url: string;
  /** The codes of refusals and warnings so far, each with its kind. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

/** A name is one definition's. */
let backends = 0;

/** Tells each client its address, then echoes. */
export async function startBackend(
  options: {
    readonly strict?: boolean;
    readonly everyMs?: number;
    /** Default: whatever runs on this machine. */
    readonly proxies?: readonly string[] | ProxyOptions;
    readonly tls?: ServeOptions["tls"];
  } = {},
): Promise<Backend> {
  const { strict, everyMs, proxies = ["127.0.0.1"], tls } = options;
  const told: string[] = [];
  const definition = defineSocket({
    name: `whoami ${++backends}`,
    strict,
    heartbeat: everyMs === undefined ? undefined : { everyMs },
    open: (socket) => void socket.send(socket.remoteAddress),
    message: (socket, data) => void socket.send(data),
  });
  const observe = (event: SocketEvent) => {
    if ((event.type === "refused" || event.type === "warning") && event.failure)
      told.push(`${event.type} ${event.failure.code}`);
  };
  const { port, close } = await serve(definition, {
    port: 0,
    hostname: "127.0.0.1",
    proxies: trustProxies(proxies),
    observe,
    tls,
  });
  return { url: `http://127.0.0.1:${port}`, told, close: () => close() };
}
