import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import crossws from "crossws/adapters/node";
import { ready, wanted } from "./ready.ts";

const perMessageDeflate = wanted.deflate && { serverNoContextTakeover: true, clientNoContextTakeover: true };
const { handleUpgrade } = crossws({
  serverOptions: { perMessageDeflate },
  // Its pings would be counted as bytes of replies.
  idleTimeout: 0,
  hooks: {
    open(peer) {
      if (wanted.fanOut) peer.subscribe("all");
    },
    message(peer, { rawData }) {
      if (wanted.fanOut) peer.publish("all", rawData);
      peer.send(rawData);
    },
  },
});

const server = createServer();
server.on("upgrade", handleUpgrade);
server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
