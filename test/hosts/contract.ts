import { type Context, Hono, type MiddlewareHandler } from "hono";
import {
  type Decision,
  defineSocket,
  type Message,
  type RoomHandle,
  refuse,
  rooms,
  type Socket,
  type SocketDefinition,
  type UpgradeContext,
} from "onesocket";
import { deflate } from "onesocket/deflate";
import { upgrade, upgradeWebSocket } from "onesocket/hono";
import { sendReused } from "./buffers.ts";
import { perform } from "./commands.ts";
import { crowds, each, few } from "./crowds.ts";
import { gate, openGate, record, records } from "./gates.ts";
import { living as livingWith } from "./living.ts";
import { ANSWERS, brokenOff, NO_RESULTS, REFUSALS, SENT, UNSENDABLE, unawaitable } from "./results.ts";
import { remembering as rememberingWith, seen as seenWith, spoken as spokenWith } from "./spoken.ts";

/** What every host of this app gives it. */
export interface Env {
  readonly GREETING: string;
}

/** A socket's state in this app. */
export interface State {
  readonly name: string;
  /** Where this socket's hooks are told to fail. */
  readonly fault?: string | undefined;
  /** The kind of bytes that `open` sends from. */
  readonly reuse?: string | undefined;
}

type AppSocket = Socket<State, Env>;

/** Tells a hook's event to the room's watchers: the sockets that are subscribed to the topic "log". */
function tell(socket: AppSocket, hook: string, more: object = {}): void {
  socket.room.send(JSON.stringify({ hook, name: socket.state.name, ...more }), { topic: "log" });
}

const told = {
  open: (socket: AppSocket) => {
    if (socket.state.reuse) sendReused(socket.state.reuse, (data) => socket.send(data));
    tell(socket, "open");
  },
  message: (socket: AppSocket, data: Message) => perform(socket, data),
  close: (socket: AppSocket, event: object) =>
    tell(socket, "close", {
      ...event,
      sent: socket.send("too late"),
      readyState: socket.readyState,
      aborted: socket.signal.aborted,
      listed: socket.room.sockets.some(({ id }) => id === socket.id),
      found: socket.room.get(socket.id) !== undefined,
      size: socket.room.size,
    }),
};

/** Does what its messages say. */
export const main = defineSocket({ name: "main", ...told });

/** Answers each message with itself. */
export const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });

/** Answers each message with itself, and asks for compression. */
export const packed = defineSocket({
  name: "packed",
  compression: deflate(),
  message: (socket, data) => void socket.send(data),
});

/** Has limits that are easily reached, and answers a text by itself. */
export const small = defineSocket({
  name: "small",
  heartbeat: { text: { ping: "ping", pong: "pong" } },
  limits: { messageBytes: 1024, queuedMessages: 8, bufferedBytes: 1 << 20, closeMs: 200 },
  ...told,
});

/** Takes five messages a second. */
export const paced = defineSocket({ name: "paced", limits: { messagesPerSecond: 5 }, ...told });

/** Has a quick heartbeat, and pauses reading soon. */
export const beating = defineSocket({
  name: "beating",
  heartbeat: { everyMs: 600, timeoutMs: 300 },
  limits: { queuedMessages: 100 },
  ...told,
});

/** What the query asks for, which the types would refuse. */
function resultOf(query: URLSearchParams): unknown {
  const name = query.get("result") ?? "";
  if (name === "broken off") return brokenOff();
  return SENT[name]?.make() ?? { ...NO_RESULTS, ...ANSWERS, ...REFUSALS, ...UNSENDABLE }[name]?.();
}

/** The sockets of `busy` whose message hook runs. */
const working = new Set<string>();

/** Takes 10 ms for each number that it is sent: for many of them together longer than it gives one hook. */
export const busy = defineSocket({
  name: "busy",
  limits: { closeMs: 1000 },
  open: told.open,
  async message(socket: AppSocket, data) {
    if (String(data).startsWith("[")) return perform(socket, data);
    const alone = !working.has(socket.id);
    working.add(socket.id);
    await new Promise((resolve) => setTimeout(resolve, 10));
    working.delete(socket.id);
    tell(socket, "worked", { number: Number(data), alone });
  },
  close: (socket: AppSocket, event) => tell(socket, "close", { ...event, alone: !working.has(socket.id) }),
});

/** Lets many more messages wait than others do. */
export const deep = defineSocket({ name: "deep", limits: { queuedMessages: 50_000 }, ...told });

/** Decides as the query says, when the gate that it names is open. */
const decide = async (request: Request, { env, signal, remoteAddress }: UpgradeContext<Env, State>) => {
  const { searchParams } = new URL(request.url);
  const name = searchParams.get("gate");
  if (name) {
    record(name, "begun");
    signal.addEventListener("abort", () => record(name, "aborted"));
    await gate(name);
    record(name, "over");
  }
  const state: State = { name: searchParams.get("name") ?? "" };
  switch (searchParams.get("then")) {
    case "return":
      return new Response("sign in", { status: 401, headers: { "www-authenticate": "Basic" } });
    case "throw-response":
      throw new Response("a teapot", { status: 418, headers: { "x-kind": "thrown" } });
    case "throw":
      throw new Error("the secret is xyzzy");
    case "refuse":
      return refuse(4403, "banned");
    case "nonsense":
      return { room: "" };
    case "result":
      return resultOf(searchParams) as Decision<State>;
    case "headers": {
      const headers = new Headers({ "x-served-by": "onesocket", "x-address": remoteAddress, "x-env": env.GREETING });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2; Path=/");
      return { state, headers };
    }
    default: {
      const ms = searchParams.get("until");
      return ms === null ? { state } : { state, until: new Date(Date.now() + Number(ms)) };
    }
  }
};

/** Has an `upgrade`. */
export const gated = defineSocket({
  name: "gated",
  upgrade: decide,
  ...told,
  open: (socket) => void socket.send("opened"),
});

/** Has an `upgrade` that must be quick. */
export const hurried = defineSocket({
  name: "hurried",
  limits: { upgradeMs: 150 },
  upgrade: decide,
  open: (socket) => record(new URL(socket.url).searchParams.get("gate") ?? "", "opened"),
});

/** Has an `upgrade` that isn't async, and leaves the decision to the route. */
export const counted = defineSocket({
  name: "counted",
  ...told,
  upgrade(request): undefined {
    const { searchParams } = new URL(request.url);
    record(searchParams.get("count") ?? "", "upgrade");
    if (searchParams.has("throw")) throw new Error("the secret is xyzzy");
    if (searchParams.has("throw-response")) throw new Response("a teapot", { status: 418 });
    if (searchParams.has("throw-result")) throw resultOf(searchParams);
    return resultOf(searchParams) as undefined;
  },
});

/** Prefers the newer of two subprotocols. */
export const versions = defineSocket({
  name: "versions",
  protocols: ["v2", "v1"],
  upgrade: (request) => ({ protocol: new URL(request.url).searchParams.get("protocol") ?? undefined }),
  open: (socket) => void socket.send(JSON.stringify({ protocol: socket.protocol })),
  message: (socket) => void socket.send(JSON.stringify({ protocol: socket.protocol })),
});

/** Wants a subprotocol, and HTTP/1.1; tells of a failure its code alone. */
export const strict = defineSocket({
  name: "strict",
  protocols: ["v2"],
  requireProtocol: true,
  strict: true,
  failures: "code",
});

/** Is for the pages of some other sites, and for what is no browser. */
export const friends = defineSocket({
  name: "friends",
  origins: [
    "https://app.example.com",
    "file://",
    "content://",
    "wss://socket.example",
    "https://charger.example/library",
  ],
});

/** Is for the pages of all sites. */
export const anyone = defineSocket({ name: "anyone", origins: "*" });

function fail(socket: AppSocket, hook: string): unknown {
  const { fault } = socket.state;
  if (fault === hook) throw new Error(`sync ${hook}`);
  if (fault === `${hook}-then`) return unawaitable(`then ${hook}`);
  return fault === `${hook}-async` ? Promise.reject(new Error(`async ${hook}`)) : undefined;
}

const failing = {
  open: (socket: AppSocket) => fail(socket, "open"),
  message: (socket: AppSocket, data: Message) => (data === "fail" ? fail(socket, "message") : perform(socket, data)),
  close: (socket: AppSocket, event: object) => {
    tell(socket, "close", event);
    return fail(socket, "close");
  },
};

/** Fails in the hook that its state names. */
export const faulty = defineSocket({ name: "faulty", ...failing });

/** Fails in the hook that its state names, and takes it; unless `error` is to fail too. Its observer always fails. */
export const careful = defineSocket({
  name: "careful",
  observe: async () => Promise.reject(new Error("the observer failed")),
  ...failing,
  error(socket: AppSocket, error) {
    tell(socket, "error", { message: (error as Error).message });
    socket.send(JSON.stringify({ caught: (error as Error).message }));
    if (socket.state.name === "clumsy") throw new Error("error failed");
    if (socket.state.name === "clumsy-async") return Promise.reject(new Error("error failed"));
    if (socket.state.name === "clumsy-then") return unawaitable("error failed");
    return undefined;
  },
});

/** Opens when another socket of the room, called "opener", says so; answers each message with itself. */
export const slow = defineSocket({
  name: "slow",
  async open(socket: AppSocket) {
    if (socket.state.name === "opener") return;
    socket.send("opening");
    await gate(socket.room.id);
    socket.send("opened");
  },
  message(socket: AppSocket, data) {
    if (socket.state.name === "opener") openGate(data as string);
    else socket.send(data);
  },
});

/** Answers with the paths that its route and its hook see. */
export const where = defineSocket({
  name: "where",
  upgrade: (request, { from }) => Response.json({ route: from?.room, hook: new URL(request.url).pathname }),
});

/** Two that were given one name by mistake, and tell which one they are. */
export const twins = ["first", "second"].map((which) =>
  defineSocket({
    name: "twin",
    upgrade: () => ({ state: { which } }),
    open: (socket) => void socket.send(which),
    message: (socket, data) => socket.room.send(`${which}: ${data}`),
  }),
) as [SocketDefinition, SocketDefinition];

/** One more version of a definition, as when a development server loads its module anew. */
const load = () => {
  const version = versionsOf.length + 1;
  versionsOf.push(
    defineSocket({
      name: "reloaded",
      open: (socket) => void socket.send(`version ${version}`),
      message: (socket, data) => socket.room.send(`version ${version}: ${data}`),
    }),
  );
};
const versionsOf: SocketDefinition[] = [];
load();

/** Is called by JSON-RPC. */
export const spoken = spokenWith(told);

/** Has presence. */
export const seen = seenWith(told);

/** Has a history. */
export const remembering = rememberingWith(told);

/** Has hooks of its rooms. */
export const living = livingWith(told.message);

/** Is mapped to the object of another definition, on Durable Objects. */
export const misled = defineSocket({
  name: "misled",
  open: (socket) => void socket.send("misled"),
  message: (socket, data) => socket.room.send(data),
});

/** Is not among the definitions that a Worker maps. */
export const unmapped = defineSocket({ name: "unmapped" });

/** All that a Worker must map. */
export const definitions = {
  main,
  echo,
  small,
  gated,
  hurried,
  counted,
  versions,
  strict,
  friends,
  anyone,
  faulty,
  careful,
  slow,
  packed,
  busy,
  deep,
  few,
  each,
  beating,
  paced,
  spoken,
  remembering,
  seen,
  living,
} as const;

type AppContext = Context<{ Bindings: Env }>;

const from = (c: AppContext) => ({
  room: c.req.param("room") ?? c.req.query("room"),
  state: { name: c.req.query("name") ?? "", fault: c.req.query("fault"), reuse: c.req.query("reuse") },
});

const room = (c: AppContext): RoomHandle => rooms(main, c.env).get(c.req.param("room") ?? "");

/** The app under test; every runtime's host serves it. */
export const app = new Hono<{ Bindings: Env }>();

// Any path, where a request asks for it.
app.use(async (c, next) => {
  const name = c.req.header("x-where");
  if (name === undefined) return next();
  record(name, c.req.path);
  return upgrade(c, where, { room: c.req.path });
});
app.all("/main/:room", (c) => upgrade(c, main, from(c)));
app.get("/echo/:room", (c) => upgrade(c, echo, { room: c.req.param("room") }));
app.get("/packed/:room", (c) => upgrade(c, packed, { room: c.req.param("room") }));
app.get("/small/:room", (c) => upgrade(c, small, from(c)));
app.get("/gated/:room", (c) => upgrade(c, gated, from(c)));
app.get("/hurried", (c) => upgrade(c, hurried));
app.all("/counted", (c) => upgrade(c, counted));
app.get("/counted/:room", (c) => upgrade(c, counted, from(c)));
app.get("/versions", (c) => upgrade(c, versions));
app.get("/strict", (c) => upgrade(c, strict));
app.get("/friends", (c) => upgrade(c, friends));
app.get("/anyone", (c) => upgrade(c, anyone));
app.get("/faulty/:room", (c) => upgrade(c, faulty, from(c)));
app.get("/careful/:room", (c) => upgrade(c, careful, from(c)));
app.get("/slow/:room", (c) => upgrade(c, slow, from(c)));
app.get("/busy/:room", (c) => upgrade(c, busy, from(c)));
app.get("/deep/:room", (c) => upgrade(c, deep, from(c)));
app.get("/paced/:room", (c) => upgrade(c, paced, from(c)));
app.get("/beating/:room", (c) => upgrade(c, beating, from(c)));
app.get("/spoken/:room", (c) => upgrade(c, spoken, from(c)));
app.get("/seen/:room", (c) => upgrade(c, seen, from(c)));
app.get("/living/:room", (c) => upgrade(c, living, from(c)));
app.get("/remembering/:room", (c) => upgrade(c, remembering, from(c)));
app.post("/remembering/:room", async (c) => {
  await rooms(remembering, c.env)
    .get(c.req.param("room"))
    .notify("said", Number(await c.req.text()), { topic: c.req.query("topic") });
  return c.body(null, 204);
});
app.post("/spoken/:room", async (c) => {
  const said = { who: "a route", text: await c.req.text() };
  await rooms(spoken, c.env)
    .get(c.req.param("room"))
    .notify("said", said, { topic: c.req.query("topic") });
  return c.body(null, 204);
});
app.route("/", crowds);
app.get("/unmapped", (c) => upgrade(c, unmapped));
app.get("/twin/:room", (c) => upgrade(c, twins[c.req.query("which") === "second" ? 1 : 0], from(c)));
app.get("/reloaded/:room", (c) =>
  upgrade(c, versionsOf[Number(c.req.query("version") ?? versionsOf.length) - 1]!, { room: c.req.param("room") }),
);
app.post("/reload", (c) => {
  load();
  return c.body(null, 204);
});
app.post("/reloaded/:room", async (c) => {
  await rooms(versionsOf[0]!, c.env)
    .get(c.req.param("room"))
    .send(await c.req.text());
  return c.body(null, 204);
});
app.get("/misled/:room", (c) => upgrade(c, misled, { room: c.req.param("room") }));
app.post("/misled/:room", async (c) => {
  const handle = rooms(misled, c.env).get(c.req.param("room"));
  const failures = await Promise.all(
    [handle.send("x"), handle.close(), handle.count()].map((done) => done.catch(String)),
  );
  return c.json(failures.map((failed) => failed ?? null));
});

app.get("/adding", (c) =>
  upgrade(c, gated, {
    room: c.req.query("room"),
    headers: [
      ["x-route", "1"],
      ["set-cookie", "c=3; Path=/"],
    ],
  }),
);

// What a middleware does before and after the route.
app.get(
  "/dressed",
  async (c, next) => {
    c.header("x-before", "1");
    c.header("set-cookie", "before=1", { append: true });
    await next();
    c.header("x-after", "2");
    c.header("set-cookie", "after=2", { append: true });
  },
  (c) => upgrade(c, gated, { room: "dressed", state: { name: "" } }),
);
app.get(
  "/veiled",
  async (c, next) => {
    c.header("x-before", "1");
    c.header("content-type", "text/x-not-this");
    c.header("set-cookie", "before=1", { append: true });
    await next();
    c.res.headers.set("x-after", "2");
  },
  (c) => upgrade(c, gated, { room: "veiled", state: { name: "" } }),
);
app.get(
  "/denied",
  async (c, next) => {
    await next();
    c.res = c.text("denied", 401);
  },
  (c) => upgrade(c, main, { room: c.req.query("room"), state: { name: "denied" } }),
);
const unsendable: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("x-after", "a\u0001b");
};
app.get("/unsendable", unsendable, (c) => upgrade(c, main, { state: { name: "unsendable" } }));
app.get("/unsendable/denied", unsendable, (c) => c.text("denied", 401));
// workerd throws.
app.get("/unsendable/switching", () => new Response(null, { status: 101 }));
// What a middleware returns after next() is not heard: that is Hono's rule.
app.get(
  "/unheard",
  async (c, next) => {
    await next();
    return c.text("denied", 401);
  },
  (c) => upgrade(c, main, from(c)),
);
app.get(
  "/broken",
  async (_, next) => {
    await next();
    throw new Error("the middleware failed");
  },
  (c) => upgrade(c, main, { room: c.req.query("room"), state: { name: "broken" } }),
);
app.onError((_, c) => c.text("the app's own error", 500));

// Hono's closure form.
const closure = upgradeWebSocket((c) => ({
  onOpen: (_, ws) => ws.send(`hello ${c.req.query("name")}`),
  onMessage: (event, ws) => ws.send(event.data as string),
  onClose: (event) => record(`closure-${c.req.query("name")}`, `${event.code} ${event.reason} ${event.wasClean}`),
}));
app.get("/closure", closure, (c) => c.text("not a WebSocket request"));
// What libraries do with a socket of Hono's: they take its own one, or what stands for it, and listen there if they can.
app.get(
  "/library",
  upgradeWebSocket(() => {
    let deliver: (data: unknown) => void = () => {};
    return {
      onOpen(_, ws) {
        const socket = (ws.raw || ws) as WebSocket;
        const answer = (data: unknown) => socket.send(typeof data === "string" ? `heard ${data}` : new Uint8Array(3));
        if (typeof socket.addEventListener === "function") {
          socket.binaryType = "arraybuffer";
          socket.addEventListener("message", ({ data }) => answer(data));
        } else deliver = answer;
        socket.send(`open ${socket.readyState}`);
      },
      onMessage({ data }, ws) {
        if (data === "close") (ws.raw as WebSocket).close(4001, "told to");
        deliver(data);
      },
    };
  }),
);
app.get(
  "/open-closure",
  upgradeWebSocket(() => ({ onOpen: (_, ws) => ws.send("hello") }), { origins: "*" }),
);

// What a test does from outside.
app.post("/gates/:name", (c) => {
  openGate(c.req.param("name"));
  return c.body(null, 204);
});
app.get("/records/:name", (c) => c.json(records(c.req.param("name"))));
app.post("/rooms/:room/send", async (c) => {
  await room(c).send(await c.req.text(), { topic: c.req.query("topic") });
  return c.body(null, 204);
});
app.post("/rooms/:room/reuse", async (c) => {
  const sending: Promise<void>[] = [];
  sendReused(await c.req.text(), (data) => sending.push(room(c).send(data)));
  await Promise.all(sending);
  return c.body(null, 204);
});
app.post("/rooms/:room/close", async (c) => {
  await room(c).close({ topic: c.req.query("topic") }, 4001, "closed by a route");
  return c.body(null, 204);
});
app.get("/rooms/:room/count", async (c) => c.json(await room(c).count()));
app.post("/body", async (c) => c.text(`body: ${await c.req.text()}`));
app.get("/", (c) => c.text("up"));
