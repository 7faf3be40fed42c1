import { Hono, type MiddlewareHandler } from "hono";
import { hc } from "hono/client";
import { validator } from "hono/validator";
import { upgrade, upgradeWebSocket } from "../../../src/adapters/hono/index.ts";
import { defineSocket, type UpgradeContext } from "../../../src/core/contract/definition.ts";

interface Bindings {
  readonly SECRET: string;
}

interface User {
  readonly name: string;
}

type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

const plain = defineSocket({ name: "plain" });

const chat = defineSocket({
  name: "chat",
  upgrade: (_request: Request, { env, from }: UpgradeContext<Bindings, User>) => ({
    room: env.SECRET,
    state: { user: from?.state?.name ?? "" },
  }),
  open(socket) {
    holds<Exact<typeof socket.state, { readonly user: string }>>();
    holds<Exact<typeof socket.env, Bindings>>();
  },
});

/** No hook of its own: what the route passes is the state. */
const stated = defineSocket<User>({ name: "stated" });

const auth: MiddlewareHandler<{ Variables: { user: User } }> = async (c, next) => {
  c.set("user", { name: "ada" });
  await next();
};

const app = new Hono<{ Bindings: Bindings }>()
  .get("/chat/:room", auth, (c) => {
    holds<Exact<typeof c.var.user, User>>();
    holds<Exact<typeof c.env, Bindings>>();
    return upgrade(c, chat, { room: c.req.param("room"), state: { name: c.var.user.name } });
  })
  .get(
    "/valid",
    validator("query", () => ({ page: "1" })),
    (c) => upgrade(c, stated, { state: { name: c.req.valid("query").page } }),
  )
  .get("/bare", (c) => upgrade(c, plain))
  .get(
    "/closure",
    upgradeWebSocket(() => ({ onOpen: async (_event, ws) => ws.send("hello") }), { origins: "*" }),
  )
  .get("/direct", (c) => upgradeWebSocket(c, { onMessage: (event, ws) => ws.send(String(event.data)) }))
  .get("/page", (c) => c.text("page"))
  .post("/chat", (c) => upgrade(c, plain));

const client = hc<typeof app>("http://localhost");
holds<Exact<ReturnType<(typeof client.chat)[":room"]["$ws"]>, WebSocket>>();
client.chat[":room"].$ws({ param: { room: "lobby" } });
client.valid.$ws({ query: { page: "1" } });
client.bare.$ws();
client.closure.$ws();
client.direct.$ws();
// @ts-expect-error: a page is no socket
client.page.$ws();
// @ts-expect-error: sockets are opened with GET
client.chat.$ws();
// @ts-expect-error: the path's parameter is needed
client.chat[":room"].$ws({ param: {} });

new Hono<{ Bindings: Bindings }>()
  // @ts-expect-error: the definition's UpgradeContext says what `from` is
  .get("/1", (c) => upgrade(c, chat, { state: { name: 1 } }))
  // @ts-expect-error: without `upgrade`, `from` is the state
  .get("/2", (c) => upgrade(c, stated, { state: { nome: "ada" } }))
  // @ts-expect-error: not a decision
  .get("/3", (c) => upgrade(c, plain, { rooms: "lobby" }));

const dated = defineSocket<{ at: Date }>({ name: "dated" });
// @ts-expect-error: a Date is not JSON
new Hono().get("/", (c) => upgrade(c, dated, { state: { at: new Date() } }));

new Hono<{ Bindings: { OTHER: string } }>()
  // @ts-expect-error: the app's bindings lack what the definition needs
  .get("/", (c) => upgrade(c, chat));

// An app that states no bindings, or only variables, may use any definition.
new Hono().get("/", (c) => upgrade(c, chat));
new Hono<{ Variables: { user: User } }>().get("/", (c) => upgrade(c, chat, { state: c.var.user }));

// @ts-expect-error: the closure form has no name to give
upgradeWebSocket(() => ({}), { name: "chat" });
