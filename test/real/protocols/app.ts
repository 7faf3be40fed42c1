import { Hono } from "hono";
import { upgrade } from "onesocket/hono";
import { actionCable, jupyter, nats, phoenix, signalR, stomp, wamp } from "./apps.ts";
import { guacamole, kubernetes, ocpp, sip, xmpp } from "./things.ts";

/** By the first part of their paths. */
export const servers = {
  cable: actionCable,
  phoenix,
  stomp,
  hub: signalR,
  wamp,
  jupyter,
  nats,
  ocpp,
  kubernetes,
  guacamole,
  xmpp,
  sip,
};

export const app = new Hono();
// What SignalR's client asks first.
app.post("/hub/negotiate", (c) =>
  c.json({
    negotiateVersion: 1,
    connectionId: "1",
    connectionToken: "1",
    availableTransports: [{ transport: "WebSockets", transferFormats: ["Text", "Binary"] }],
  }),
);
for (const [name, server] of Object.entries(servers)) {
  app.get(`/${name}`, (c) => upgrade(c, server as never));
  app.get(`/${name}/*`, (c) => upgrade(c, server as never));
}
