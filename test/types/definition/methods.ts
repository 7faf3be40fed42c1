import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type as ark } from "arktype";
import {
  defineSocket,
  type MethodsOf,
  type NotificationsOf,
  type Room,
  rooms,
  type Schema,
  type Socket,
  type SocketDefinition,
  type,
  type UpgradeContext,
} from "onesocket";
import { attach } from "onesocket/node";
import * as v from "valibot";
import { z } from "zod";

type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

// Everything is inferred, with no type argument.
const chat = defineSocket({
  name: "chat",
  upgrade: (request) => ({ state: { name: request.url } }),
  methods: {
    say: {
      params: z.object({ text: z.string().default("…") }),
      handle: (socket, { text }) => {
        holds<Exact<typeof socket.state, { readonly name: string }>>();
        holds<Exact<typeof text, string>>();
      },
    },
    rename: { params: v.string(), handle: async (socket, name) => name.length + socket.state.name.length },
    add: { params: ark({ a: "number" }), concurrent: true, handle: (_, { a }) => a + 1 },
    who: { handle: (socket) => socket.state.name },
    maybe: { params: type<[number, string?]>(), handle: (_, [n]) => (n > 1 ? n : undefined) },
  },
  notifications: { said: type<{ who: string; text: string }>(), left: type<undefined>(), moved: z.tuple([z.number()]) },
});

type Methods = MethodsOf<typeof chat>;
holds<Exact<keyof Methods, "say" | "rename" | "add" | "who" | "maybe">>();
holds<Exact<Methods["say"]["params"], { text?: string | undefined }>>();
holds<Exact<Methods["say"]["result"], null>>();
holds<Exact<Methods["rename"], { readonly params: string; readonly result: number }>>();
holds<Exact<Methods["add"], { readonly params: { a: number }; readonly result: number }>>();
holds<Exact<Methods["who"], { readonly params: undefined; readonly result: string }>>();
holds<Exact<Methods["maybe"]["result"], number | null>>();
holds<
  Exact<
    NotificationsOf<typeof chat>,
    { readonly said: { who: string; text: string }; readonly left: undefined; readonly moved: [number] }
  >
>();

// Our copy of Standard Schema takes what the standard's own types are, and is one of them.
declare const official: StandardSchemaV1<string, number>;
official satisfies Schema<string, number>;
type<string>() satisfies StandardSchemaV1<string, string>;

// Where routes pass the state, the context of `upgrade` says which, and all else is inferred.
defineSocket({
  name: "passed",
  upgrade(_: Request, _context: UpgradeContext<unknown, { readonly name: string }>) {},
  methods: {
    say: {
      params: z.string(),
      handle(socket, text) {
        holds<Exact<typeof socket.state, { readonly name: string }>>();
        socket.room.notify("said", text);
      },
    },
  },
  notifications: { said: type<string>() },
});

// One that has none.
const plain = defineSocket({ name: "plain" });
holds<Exact<keyof MethodsOf<typeof plain>, never>>();

// A notification takes what its schema takes, and brings what that makes of it.
const made = defineSocket({
  name: "made",
  notifications: { sent: z.object({ at: z.number().default(0) }) },
  open(socket) {
    socket.notify("sent", {});
    socket.room.notify("sent", { at: 1 }, { topic: "news", except: socket });
    helper(socket);
    bare(socket, socket.room);
    specific(socket);
    // @ts-expect-error: nothing of that name
    socket.notify("lost", {});
    // @ts-expect-error: no params
    socket.notify("sent");
  },
  // What was declared for other hooks' sockets does not change what these may do.
  message: (socket: Socket, data) => socket.send(data),
});
holds<Exact<NotificationsOf<typeof made>["sent"], { at: number }>>();
declare function helper(socket: Socket<unknown>): void;
declare function bare(socket: Socket, room: Room): void;
declare function specific(socket: Socket<unknown, unknown, { sent: { at?: number | undefined } }>): void;

rooms(made).get("lobby").notify("sent", {}, { topic: "news" });
rooms(chat).get("lobby").notify("left");
rooms(chat).get("lobby").notify("left", undefined, { topic: "news" });
// @ts-expect-error: nothing of that name
rooms(chat).get("lobby").notify("lost");
// @ts-expect-error: none at all
rooms(plain).get("lobby").notify("said");

declare const server: import("node:http").Server;
attach(server, chat);
chat satisfies SocketDefinition<{ name: string }>;
chat satisfies SocketDefinition;
