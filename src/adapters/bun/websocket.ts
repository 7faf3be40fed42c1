import { failure } from "../../core/contract/failures.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import type { BunSocket } from "../shared/runtime-types.ts";
import { BunTransport } from "./transport.ts";

/** What our host gave a socket as its `data`; undefined where somebody else has upgraded the request. */
export function ours({ data }: BunSocket): BunTransport | undefined {
  return data instanceof BunTransport ? data : undefined;
}

/** Opens a socket. One that is not ours has no handlers here: it is closed, and told of, and what it goes on to say is dropped. */
export function opening(observe: Observer): (socket: BunSocket) => void {
  return (socket) => {
    const transport = ours(socket);
    if (transport) return transport.opened(socket);
    socket.close(1011, "INTERNAL");
    tell(observe, { type: "warning", definition: "", failure: failure("RUNTIME_REFUSED", STRAY) });
  };
}

const STRAY =
  "a socket was upgraded by another helper, whose handlers this websocket does not know: import upgradeWebSocket from onesocket/hono";
