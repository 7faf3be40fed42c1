import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { newWebSocketRpcSession } from "capnweb";
import { createClient } from "graphql-ws";
import mqtt from "mqtt";
import { io } from "socket.io-client";
import { createWebSocketConnection, toSocket } from "vscode-ws-jsonrpc";
import type { WebSocket } from "ws";
import { type Connect, type LibraryClient, Sockets, until } from "../client.ts";

interface Api {
  say(text: string): Promise<string>;
}

/** A client that is made of a socket, and made anew of the next. */
function ofSockets(url: string, protocols: string[], use: (ws: WebSocket) => Api): LibraryClient {
  const sockets = new Sockets();
  const connect = () => new sockets.Class(url, protocols);
  let ws = connect();
  let api = use(ws);
  return {
    say: (text) => api.say(text),
    closed: () => sockets.closed(),
    reconnect() {
      ws = connect();
      api = use(ws);
    },
    end: () => ws.close(),
  };
}

export const orpc: Connect = (url) =>
  ofSockets(url, [], (websocket) => createORPCClient(new RPCLink({ websocket: websocket as never })) as unknown as Api);

export const capnweb: Connect = (url) =>
  ofSockets(url, [], (ws) => newWebSocketRpcSession<Api>(ws as never) as unknown as Api);

export const languageServer: Connect = (url) =>
  ofSockets(url, [], (ws) => {
    const open = new Promise((resolve) => ws.once("open", resolve));
    const connected = open.then(() => {
      const connection = createWebSocketConnection(toSocket(ws as never), console);
      connection.listen();
      return connection;
    });
    return { say: async (text) => (await connected).sendRequest<string>("say", text) };
  });

export const trpc: Connect = (url) => {
  const sockets = new Sockets();
  const client = createWSClient({ url, WebSocket: sockets.Class as never, retryDelayMs: () => 10 });
  // biome-ignore lint/suspicious/noExplicitAny: the router's type is the program's, on the page.
  const api = createTRPCClient<any>({ links: [wsLink({ client })] }) as unknown as {
    say: { query(text: string): Promise<string> };
  };
  return { say: (text) => api.say.query(text), closed: () => sockets.closed(), end: () => client.close() };
};

export const graphql: Connect = (url) => {
  const sockets = new Sockets();
  const client = createClient({
    url,
    webSocketImpl: sockets.Class,
    lazy: false,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: async () => {},
    onNonLazyError: () => {},
  });
  const query = "query($text: String!) { say(text: $text) }";
  return {
    async say(text) {
      for await (const { data } of client.iterate<{ say: string }>({ query, variables: { text } })) return data?.say;
      return undefined;
    },
    closed: () => sockets.closed(),
    end: () => client.dispose(),
  };
};

export const mqttBroker: Connect = async (url) => {
  const sockets = new Sockets();
  const client = await mqtt.connectAsync(url, {
    reconnectPeriod: 20,
    createWebsocket: (address, protocols) => new sockets.Class(address, protocols as never) as never,
  });
  await client.subscribeAsync("said", { qos: 1 });
  return {
    async say(text) {
      const heard = new Promise((resolve) => client.once("message", (_, payload) => resolve(String(payload))));
      await client.publishAsync("said", text, { qos: 1 });
      return heard;
    },
    closed: () => sockets.closed(),
    // It does so by itself: what is published before it has subscribed again is not for it.
    async reconnect() {
      await until(
        () => client.connected,
        (look) => client.on("connect", look),
      );
      await client.subscribeAsync("said", { qos: 1 });
    },
    end: () => client.endAsync(true),
  };
};

export const socketIo: Connect = (url) => {
  const sockets = new Sockets();
  const { pathname, origin } = new URL(url);
  const socket = io(origin, { path: pathname, transports: ["websocket"], reconnectionDelay: 20, forceNew: true });
  socket.on("disconnect", (_, details) => {
    const event = (details as { context?: CloseEvent } | undefined)?.context;
    sockets.note([event?.code ?? 0, event?.reason ?? ""]);
  });
  return {
    say: (text) => socket.emitWithAck("say", text),
    closed: () => sockets.closed(),
    end: () => socket.disconnect(),
  };
};
