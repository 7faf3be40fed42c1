import { type Context, Hono } from "hono";
import { defineSocket, type UpgradeContext } from "onesocket";
import { upgrade } from "onesocket/hono";
import { gate, record } from "./gates.ts";

/** Notes that somebody has come to a gate, and waits there. */
async function waitAt(name: string | null | undefined): Promise<void> {
  if (!name) return;
  record(name, "waits");
  // workerd ends a request that waits for nothing of its own.
  const timer = setTimeout(() => {}, 60_000);
  await gate(name);
  clearTimeout(timer);
}

const decide = async (request: Request, { from }: UpgradeContext) => {
  const { searchParams } = new URL(request.url);
  await waitAt(searchParams.get("gate"));
  switch (searchParams.get("then")) {
    case "return":
      return new Response("sign in", { status: 401 });
    case "throw":
      throw new Error("no place for you");
    case "nonsense":
      return { state: new Date() as never };
    default:
      return { room: from?.room };
  }
};

/** How many sockets of `few` are open, in all rooms. */
let open = 0;

/** Is for five, and takes its time to decide. */
export const few = defineSocket({
  name: "few",
  limits: { connections: 5 },
  upgrade: decide,
  open: () => void open++,
  close: () => void open--,
  message: (socket, data) => void socket.send(data),
});

/** Is for two from each address. */
export const each = defineSocket({
  name: "each",
  limits: { connectionsPerAddress: 2 },
  message: (socket, data) => void socket.send(data),
});

/** Where these are, with middlewares that act on what the route has decided. */
export const crowds = new Hono();

const decideOn = (c: Context) => upgrade(c, few, { room: c.req.param("room") });

crowds.get("/few-open", (c) => c.text(`${open}`));
crowds.get("/few/:room", decideOn);
crowds.get("/each/:room", (c) => upgrade(c, each, { room: c.req.param("room") }));
crowds.get(
  "/few-late/:room",
  async (c, next) => {
    await next();
    await waitAt(c.req.query("after"));
  },
  decideOn,
);
crowds.get(
  "/few-denied/:room",
  async (c, next) => {
    await next();
    c.res = c.text("denied", 401);
  },
  decideOn,
);
crowds.get(
  "/few-mutated/:room",
  async (c, next) => {
    await next();
    c.res = new Response(null, { status: 202, headers: c.res.headers });
  },
  decideOn,
);
crowds.get(
  "/few-broken/:room",
  async (_, next) => {
    await next();
    throw new Error("the middleware failed");
  },
  decideOn,
);
/** Answers by itself before the route has decided. */
crowds.get("/few-hasty/:room", (c) => {
  void decideOn(c);
  return c.text("too slow", 504);
});
/** Decides twice. */
crowds.get("/few-twice/:room", async (c) => {
  await decideOn(c);
  return decideOn(c);
});
