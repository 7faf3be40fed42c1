import { type as ark } from "arktype";
import { defineSocket, RpcError, type Socket, type SocketOptions, type, type UpgradeContext } from "onesocket";
import * as v from "valibot";
import { z } from "zod";
import type { Env, State } from "./contract.ts";
import { gate, openGate } from "./gates.ts";

/** What is said to a room, as its members hear it. */
interface Said {
  readonly who: string;
  readonly text: string;
}

type Told = Pick<SocketOptions<State, Env>, "open" | "message" | "close">;

const said = z.union([z.number(), z.string()]);

/** Remembers what it has said to its rooms. */
export const remembering = (told: Told) =>
  defineSocket({
    name: "remembering",
    history: { messages: 20, ms: 60_000 },
    limits: { bufferedBytes: 65_536 },
    ...told,
    methods: {
      say: {
        params: z.object({ n: said, topic: z.string().optional(), toOthers: z.boolean().default(false) }),
        handle: (socket, { n, topic, toOthers }) =>
          socket.room.notify("said", n, { topic, except: toOthers ? socket : undefined }),
      },
      subscribe: { params: z.string(), handle: (socket, topic) => socket.subscribe(topic) },
    },
    notifications: { said },
  });

/** Shows its members one another's names. Who has none is not shown, and of one there is nothing that could be. */
export const seen = (told: Told) =>
  defineSocket({
    name: "seen",
    upgrade: (_: Request, { from }: UpgradeContext<Env, State>) => ({ state: from?.state ?? { name: "" } }),
    ...told,
    presence({ name }) {
      if (name === "bad") throw new Error("no presence for bad");
      return name === "" ? undefined : { name };
    },
  });

/** Does what clients call by JSON-RPC, with a schema of each library; what is no JSON-RPC it does as the others do. */
export const spoken = (told: Told) =>
  defineSocket({
    name: "spoken",
    upgrade: (_: Request, { from }: UpgradeContext<Env, State>) => ({ state: from?.state ?? { name: "" } }),
    ...told,
    methods: {
      say: {
        params: z.object({ text: z.string(), topic: z.string().optional(), toOthers: z.boolean().default(false) }),
        handle: (socket, { text, topic, toOthers }) => {
          const options = { topic, except: toOthers ? socket : undefined };
          socket.room.notify("said", { who: socket.state.name, text }, options);
        },
      },
      rename: {
        params: v.pipe(v.string(), v.minLength(1)),
        handle: (socket, name) => {
          socket.setState({ ...socket.state, name });
          socket.notify("renamed", name);
          return true;
        },
      },
      add: { params: ark({ a: "number", b: "number" }), handle: (_, { a, b }) => a + b },
      subscribe: { params: z.string(), handle: (socket, topic) => socket.subscribe(topic) },
      /** Answers what it was given, a turn later. */
      later: {
        params: z.number().refine(async () => true),
        handle: async (_, n) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return n;
        },
      },
      /** Waits for a gate, which `release` opens. */
      watch: { params: z.string(), concurrent: true, handle: (_, name) => gate(name).then(() => name) },
      release: { params: z.string(), handle: (_, name) => openGate(name) },
      size: { params: type<unknown>(), handle: (_, params) => JSON.stringify(params).length },
      fail: {
        handle: () => {
          throw new Error("the secret is xyzzy");
        },
      },
      reject: { handle: async () => Promise.reject(new Error("the secret is xyzzy")) },
      take: {
        handle: () => {
          throw new RpcError(409, "taken", { by: "bob" });
        },
      },
      misname: { handle: (socket: Socket) => (socket.notify as (name: string) => boolean)("sad") },
    },
    notifications: {
      said: type<Said>(),
      renamed: z.string(),
    },
  });
