/**
 * Loaded first, it leaves Node without `server.shouldUpgradeCallback`, as far as one can see: before 22.21 and 24.9, a server with a
 * listener for upgrades gives it all of them.
 */
import { Server } from "node:http";
import { createSecureServer } from "node:http2";
import { Server as TlsServer } from "node:https";

const asBefore = {
  configurable: true,
  get(this: Server) {
    return () => this.listenerCount("upgrade") > 0;
  },
  set() {},
};
for (const prototype of [Server.prototype, TlsServer.prototype, Object.getPrototypeOf(createSecureServer({}))]) {
  Object.defineProperty(prototype, "shouldUpgradeCallback", asBefore);
}
