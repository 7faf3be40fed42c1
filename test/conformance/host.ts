/** Echoes over HTTP/1.1 on Node; `takeover PORT` is a second server, whose compression keeps its contexts. */
import { defineSocket } from "onesocket";
import { serve } from "onesocket/node";
import echo from "../hosts/echo.ts";

const takeover = defineSocket({
  name: "takeover",
  origins: "*",
  compression: { threshold: 1, serverNoContextTakeover: false, clientNoContextTakeover: false },
  message: (socket, data) => void socket.send(data),
});

const listen = { port: 0, hostname: "127.0.0.1", observe: () => {} };
const servers = await Promise.all([serve(takeover, listen), serve(echo, listen)]);
console.log(`takeover ${servers[0].port}`);
console.log(`ready ${servers[1].port}`);
process.on("SIGTERM", () => Promise.all(servers.map((server) => server.close())).then(() => process.exit()));
