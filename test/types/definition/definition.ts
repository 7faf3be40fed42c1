import type { Server } from "node:http";
import { defineSocket, type Frozen, type Room, refuse, rooms, type Socket, type UpgradeContext } from "onesocket";
import { attach, serve } from "onesocket/node";

type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

interface Env {
  readonly KEY: string;
}

interface User {
  name: string;
  tags: string[];
  last?: { at: number; by: User | null };
}

// State is what `upgrade` gives, deeply readonly.
const chat = defineSocket({
  name: "chat",
  async upgrade(request: Request, { env }: UpgradeContext<Env>) {
    if (request.url === "") return new Response(null, { status: 401 });
    if (request.url === "x") return refuse(4000);
    return {
      state: { n: 1, key: env.KEY, tags: ["a"], pair: [1, "b"] as [number, string], user: null as User | null },
    };
  },
  message(socket) {
    const { state } = socket;
    holds<Exact<typeof state.tags, readonly string[]>>();
    holds<Exact<typeof state.pair, readonly [number, string]>>();
    holds<Exact<typeof socket.env, Env>>();
    // @ts-expect-error: state is replaced, not changed
    state.n++;
    // @ts-expect-error: throughout
    state.tags.push("b");
    // @ts-expect-error: throughout
    if (state.user?.last) state.user.last.at = 1;
    socket.setState({ ...state, n: state.n + 1, tags: [...state.tags, "b"] });
    // @ts-expect-error: a field is missing
    socket.setState({ n: 1 });
    holds<Exact<(typeof socket.room.sockets)[0]["state"], typeof state>>();
    helper(socket);
    anybody(socket, socket.room);
  },
});

declare function helper(socket: Socket<{ n: number }>): void;
declare function anybody(socket: Socket, room: Room): void;

// Interfaces, optional and nested fields are JSON as well as types are.
holds<Exact<Frozen<string | undefined>, string | undefined>>();
holds<Exact<Frozen<unknown>, unknown>>();
// biome-ignore lint/suspicious/noExplicitAny: whoever says any gets any.
holds<Exact<Frozen<any>, any>>();
declare const user: Frozen<User>;
user.last?.by?.tags satisfies readonly string[] | undefined;
// @ts-expect-error: an interface is as readonly
user.name = "ada";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
defineSocket<Json>({ name: "json", open: (socket) => socket.setState({ a: [1, { b: null }] }) });

// What JSON would lose or change is no state.
// @ts-expect-error: a Date
defineSocket({ name: "date", upgrade: () => ({ state: { at: new Date() } }) });
// @ts-expect-error: a Map
defineSocket({ name: "map", upgrade: async () => ({ state: new Map([["a", 1]]) }) });
// @ts-expect-error: bytes
defineSocket({ name: "bytes", upgrade: () => ({ state: { bytes: new Uint8Array(1) } }) });
// @ts-expect-error: a bigint
defineSocket({ name: "big", upgrade: () => ({ state: { n: 1n } }) });
// @ts-expect-error: a function
defineSocket({ name: "function", upgrade: () => ({ state: { f() {} } }) });
// @ts-expect-error: deep inside
defineSocket({ name: "deep", upgrade: () => ({ state: { list: [{ when: new Date() }] } }) });
defineSocket<{ at: Date }>({
  name: "stated",
  // @ts-expect-error: what is said to be a Date can't be used as one
  open: (socket) => socket.state.at.getTime(),
});

// Where `upgrade` gives no state, it is what routes pass.
defineSocket<User>({ name: "passed", open: (socket) => holds<Exact<typeof socket.state, Frozen<User>>>() });
defineSocket({
  name: "checked",
  upgrade(request: Request, { from }: UpgradeContext<Env, User>) {
    from satisfies { readonly state?: User | undefined } | undefined;
    return request.url === "" ? new Response(null, { status: 401 }) : undefined;
  },
  open: (socket) => holds<Exact<typeof socket.state, Frozen<User>>>(),
});
defineSocket({ name: "unknown", open: (socket) => holds<Exact<typeof socket.state, unknown>>() });
const stated = defineSocket({ name: "annotated", open: (socket: Socket<{ n: number }, Env>) => socket.state.n });

// @ts-expect-error: not an option
defineSocket({ name: "a", onMessage() {} });
// @ts-expect-error: not an option
defineSocket({ name: "a", origin: "*" });
// @ts-expect-error: not a decision
defineSocket({ name: "a", upgrade: () => ({ rooms: "lobby" }) });
// @ts-expect-error: not a decision
defineSocket({ name: "a", upgrade: () => null });

// Who is told all events, or those of chosen names.
defineSocket({ name: "a", observe: (event) => event.type === "closed" && event.sent.bytes });
defineSocket({ name: "a", observe: { closed: ({ code, sent }) => [code, sent.bytes], failed() {} } });
defineSocket({ name: "a", observe: { refused: ({ failure }) => failure?.code, error: undefined } });
// @ts-expect-error: no such event
defineSocket({ name: "a", observe: { close() {} } });
// @ts-expect-error: an accepted socket has sent nothing
defineSocket({ name: "a", observe: { accepted: ({ sent }) => sent } });

// A host has to be given what the definition needs.
declare const server: Server;
const env: Env = { KEY: "k" };
const plain = defineSocket({ name: "plain" });
const optional = defineSocket({ name: "optional", upgrade(_: Request, _context: UpgradeContext<Partial<Env>>) {} });
serve(plain);
serve(plain, { port: 3000 });
serve(optional);
serve(optional, { env });
serve(chat, { env });
serve(chat, { port: 3000, env: { ...env } });
serve(stated, { env });
attach(server, chat, { env, path: "/chat" });
attach(server, plain);
// @ts-expect-error: without the env
serve(chat);
// @ts-expect-error: without the env
serve(chat, { port: 3000 });
// @ts-expect-error: with half of it
serve(chat, { env: {} });
// @ts-expect-error: without the env
attach(server, chat);
// @ts-expect-error: without the env
attach(server, stated, { path: "/chat" });

// An app has its bindings from its framework; what it says of them is its own.
const app = { fetch: (_: Request, env: Env) => new Response(env.KEY) };
serve(app);
serve(app, { env });

rooms(chat, env).get("lobby");
rooms(chat).get("lobby");
