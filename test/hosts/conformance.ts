/**
 * Echoes over HTTP/1.1 on Node. `takeover PORT` is a second server, whose compression keeps its contexts; `guarded PORT` a
 * third, which takes one path, one origin and two subprotocols.
 */
import { defineSocket } from "onesocket";
import { deflate } from "onesocket/deflate";
import { serve } from "onesocket/node";
import echo from "./echo.ts";

const takeover = defineSocket({
  name: "takeover",
  origins: "*",
  compression: deflate({ threshold: 1, serverNoContextTakeover: false, clientNoContextTakeover: false }),
  message: (socket, data) => void socket.send(data),
});

const guarded = defineSocket({ name: "guarded", protocols: ["v2", "v1"] });

const listen = { port: 0, hostname: "127.0.0.1", observe: () => {} };
const servers = await Promise.all([
  serve(takeover, listen),
  serve(guarded, { ...listen, path: "/socket" }),
  serve(echo, listen),
]);
for (const [i, name] of ["takeover", "guarded", "ready"].entries()) console.log(`${name} ${servers[i]!.port}`);
process.on("SIGTERM", () => Promise.all(servers.map((server) => server.close())).then(() => process.exit()));
