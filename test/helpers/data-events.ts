/** Loaded first, it leaves Node without what reads into one buffer: sockets are then read by `data` events. */
import { once } from "node:events";
import { createServer } from "node:net";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { _handle } = server as unknown as { readonly _handle: { useUserBuffer?: unknown } };
Object.getPrototypeOf(_handle).useUserBuffer = undefined;
server.close();
