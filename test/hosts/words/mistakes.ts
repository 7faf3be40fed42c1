import { Hono, type MiddlewareHandler } from "hono";
import { defineSocket, rooms } from "onesocket";
import { upgrade, upgradeWebSocket } from "onesocket/hono";

export const chat = defineSocket({ name: "chat", limits: { messageBytes: 64 } });

/** Tells what a host says to a module, in the place of the definition in it. */
export function tellMistaken(host: (target: never) => unknown): void {
  for (const target of [{ chat }, () => new Response("chat"), undefined]) tellThrown(() => host(target as never));
  tellThrown(() => rooms({ chat } as never));
  tellThrown(() => upgradeWebSocket(chat as never));
}

/** Tells what a call throws. */
export function tellThrown(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    console.log(String(error));
  }
}

/** Its name is mapped to nothing, but to a name that is nearly the same. */
export const lobby = defineSocket({ name: "lobby" });

/** Its binding is misspelt. */
export const game = defineSocket({ name: "game" });

const slow = defineSocket({ name: "slow", limits: { upgradeMs: 20 }, upgrade: () => new Promise<never>(() => {}) });
const odd = defineSocket({ name: "odd", upgrade: () => new Map() as never });
const strict = defineSocket({ name: "strict", protocols: ["a"], requireProtocol: true });
const full = defineSocket({ name: "full", limits: { connections: 1 } });

const patient = defineSocket({ name: "patient", upgrade: () => new Promise((resolve) => setTimeout(resolve, 20)) });

const logged: MiddlewareHandler = async (_, next) => {
  await next();
};

/** An app that somebody forgot to give to a host. */
export const bare = new Hono()
  .get("/bare/upgrade", (c) => upgrade(c, chat))
  .get(
    "/bare/closure",
    upgradeWebSocket(() => ({})),
  );

const inner = new Hono().get("/clone", (c) => upgrade(c, chat));

/** An app that has a host, and routes that each make one mistake. */
export const app = new Hono()
  .get("/chat", (c) => upgrade(c, chat))
  .get("/lobby", (c) => upgrade(c, lobby))
  .get("/game", (c) => upgrade(c, game))
  .get("/slow", (c) => upgrade(c, slow))
  .get("/odd", (c) => upgrade(c, odd))
  .get("/strict", (c) => upgrade(c, strict))
  .get("/full", (c) => upgrade(c, full))
  .get("/clone", (c) => inner.fetch(new Request(c.req.raw), c.env))
  .get("/forgotten", (c) => {
    upgrade(c, chat);
    return undefined as never;
  })
  .get("/forgotten-late", (c) => {
    upgrade(c, patient);
    return undefined as never;
  })
  .get("/forgotten-middleware", logged, async (c) => {
    await upgrade(c, chat);
    return undefined as never;
  })
  .get("/object", () => ({ room: "tea" }) as never)
  .get("/definition", () => chat as never)
  .get(
    "/closure-of-nothing",
    upgradeWebSocket(() => undefined as never),
  )
  .get(
    "/closure-of-definition",
    upgradeWebSocket(() => chat as never),
  )
  .get("/direct-definition", (c) => upgradeWebSocket(c, chat as never))
  .get("/upgrade-of-handlers", (c) => upgrade(c, { onMessage() {} } as never))
  .get(
    "/mutated",
    async (c, next) => {
      await next();
      c.res = new Response(null, { status: 202, headers: c.res.headers });
    },
    (c) => upgrade(c, chat),
  );
