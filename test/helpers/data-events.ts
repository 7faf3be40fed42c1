/**
 * Loaded first, it leaves Node without what reads into one buffer, and what writes beneath a stream: sockets are then read by
 * `data` events, and written by their streams.
 */
import { once } from "node:events";
import { createServer } from "node:net";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { _handle } = server as unknown as { readonly _handle: { useUserBuffer?: unknown } };
Object.getPrototypeOf(_handle).useUserBuffer = undefined;
Object.defineProperty(Object.getPrototypeOf(_handle), "writeQueueSize", { value: undefined });
server.close();
