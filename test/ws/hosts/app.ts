import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { Hono } from "hono";
import { upgrade } from "onesocket/hono";
import { fromConnection, type SocketView, webSocketServer } from "onesocket/ws";

/** What a client may ask of the view, by text. */
const COMMANDS: Readonly<Record<string, (ws: SocketView, request: Request, state: unknown) => unknown>> = {
  ping(ws) {
    ws.once("pong", () => ws.send("ponged"));
    ws.ping();
  },
  callback: (ws) => ws.send("sent", (error?: Error) => ws.send(`called back ${error}`)),
  request: (ws, { url, headers }, state) => ws.send([new URL(url).pathname, headers.get("cookie"), state].join()),
  state: (ws) => ws.send([ws.readyState === ws.OPEN, typeof ws.bufferedAmount, ws.protocol].join()),
  web(ws) {
    ws.binaryType = "arraybuffer";
    ws.onmessage = ({ data }) => ws.send(Object.prototype.toString.call(data));
  },
  own(ws) {
    const { Buffer } = globalThis as { Buffer?: { isBuffer(data: unknown): boolean } };
    ws.once("message", (data: Uint8Array) =>
      ws.send(`${Buffer?.isBuffer(data) ?? true} ${data.length === data.buffer.byteLength}`),
    );
  },
  blob(ws) {
    ws.send(new Blob(["blob"]));
    ws.close(4001, "after it");
  },
  close: (ws) => ws.close(),
  terminate: (ws) => ws.terminate(),
  throw() {
    throw new Error("thrown by a listener");
  },
  reject: () => Promise.reject(new Error("rejected by a listener")),
};

const closes: string[] = [];

function take(ws: SocketView, request: Request, { state }: { state: unknown }): void {
  ws.on("message", (data: Uint8Array, isBinary: boolean) => {
    if (isBinary) return ws.send(data);
    const text = new TextDecoder().decode(data);
    return COMMANDS[text] ? COMMANDS[text](ws, request, state) : ws.send(data, { binary: isBinary });
  });
  ws.on("close", (code: number, reason: Uint8Array) => void closes.push(`${code} ${new TextDecoder().decode(reason)}`));
}

export const view = fromConnection({ name: "view", protocols: ["x"], limits: { messageBytes: 1 << 20 } }, take);
export const awake = fromConnection({ name: "awake", hibernate: false }, take);

const { procedure, router } = initTRPC.create();
const text = (value: unknown) => String(value);
const routes = router({
  say: procedure.input(text).mutation(({ input }) => input),
  count: procedure.subscription(async function* ({ signal }) {
    for (let n = 1; !signal?.aborted; n++) {
      yield n;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }),
});
export type Routes = typeof routes;

export const trpc = webSocketServer({ name: "trpc" });
applyWSSHandler({ wss: trpc as never, router: routes, createContext: () => ({}) });

const rootValue = {
  say: ({ text }: { text: string }) => text,
  async *count() {
    for (let n = 1; ; n++) {
      yield { count: n };
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
};

/** The keepalive is short, so that it is seen: a socket whose pong does not come in time is ended. */
export const graphql = webSocketServer({ name: "graphql" });
useServer(
  {
    schema: buildSchema("type Query { say(text: String!): String! } type Subscription { count: Int! }"),
    roots: { query: rootValue, subscription: rootValue },
  },
  graphql as never,
  200,
);

export const app = new Hono();
app.get("/closes", (c) => c.json(closes));
app.get("/view/:room", (c) => upgrade(c, view, { room: c.req.param("room"), state: c.req.param("room") }));
app.get("/awake/:room", (c) => upgrade(c, awake, { room: c.req.param("room") }));
app.get("/trpc", (c) => upgrade(c, trpc));
app.get("/graphql", (c) => upgrade(c, graphql));
