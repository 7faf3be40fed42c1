import type { Hono } from "hono";
import { durableRoom, type ObjectRoom, sockets, worker } from "../../../src/adapters/cloudflare/index.ts";
import type {
  ObjectNamespace,
  ObjectState,
  ObjectStub,
  WorkerCloseEvent,
  WorkerSocket,
} from "../../../src/adapters/cloudflare/types.ts";
import { defineSocket, type UpgradeContext } from "../../../src/core/contract/definition.ts";
import type { Room } from "../../../src/core/contract/socket.ts";
import { rooms } from "../../../src/core/rooms/registry.ts";
import { type } from "../../../src/core/rpc/schema.ts";

type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};
type Fits<Official, Ours> = Official extends Ours ? true : false;

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
  readonly SECRET: string;
}

const chat = defineSocket({
  name: "chat",
  upgrade: async (_request: Request, { env }: UpgradeContext<Env>) => ({ state: { name: env.SECRET } }),
});
const plain = defineSocket({ name: "plain" });

// The official types fit the ones that the adapter uses.
holds<Fits<WebSocket, WorkerSocket>>();
holds<Fits<CloseEvent, WorkerCloseEvent>>();
holds<Fits<DurableObjectState, ObjectState>>();
holds<Fits<DurableObjectNamespace, Omit<ObjectNamespace, "get" | "jurisdiction">>>();
holds<Fits<Parameters<DurableObjectNamespace["get"]>[0], Parameters<ObjectNamespace["get"]>[0]>>();
holds<Fits<ReturnType<DurableObjectNamespace<Chat>["get"]>, ObjectStub>>();

export class Bare extends durableRoom(plain) {}

const spoken = defineSocket({ name: "spoken", notifications: { said: type<{ text: string }>() } });

export class Spoken extends durableRoom(spoken) {
  say(text: string): void {
    this.room.notify("said", { text }, { topic: "news" });
    // @ts-expect-error: nothing of that name
    this.room.notify("sad", { text });
  }
}

export class Chat extends durableRoom(chat, { observe: ({ type }) => console.log(type) }) {
  #names: string[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.#names = (await ctx.storage.get<string[]>("names")) ?? [];
    });
  }

  override async alarm(): Promise<void> {
    this.room.send(this.env.SECRET);
    await this.ctx.storage.setAlarm(Date.now() + 1000);
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/names") return Response.json(this.#names);
    return super.fetch(request);
  }

  /** An RPC method. */
  names(): string[] {
    holds<Fits<typeof this.ctx, DurableObjectState>>();
    holds<Exact<typeof this.env, Env>>();
    holds<Exact<typeof this.room, ObjectRoom<{ name: string }, Env>>>();
    holds<Fits<typeof this.room, Room<{ name: string }, Env>>>();
    holds<Exact<typeof this.room.raw, DurableObjectState>>();
    return this.room.sockets.map((socket) => socket.state.name);
  }
}

const app = {
  async fetch(_request: Request, env: unknown): Promise<Response> {
    const { CHAT } = env as Env;
    const stub = CHAT.get(CHAT.idFromName("lobby"));
    const names: string[] = await stub.names();
    await rooms(chat, env as Env)
      .get("lobby")
      .send("hello", { topic: "news" });
    return Response.json(names);
  },
};

export default {
  ...worker(app, { rooms: { chat: "CHAT", lobby: "isolate" }, observe: ({ type }) => console.log(type) }),
  async scheduled(_controller, env) {
    await rooms(chat, env).get("lobby").close({}, 1001, "over");
  },
} satisfies ExportedHandler<Env>;

worker(chat) satisfies ExportedHandler<Env>;
worker(plain) satisfies ExportedHandler<Env>;
// @ts-expect-error: the program's bindings lack what the definition needs
worker(chat) satisfies ExportedHandler<{ readonly SECRET: string }>;
declare const hono: Hono<{ Bindings: Env }>;
worker(hono, { rooms: { chat: "CHAT" } });
hono.use(sockets({ rooms: { chat: "CHAT" } }));

// @ts-expect-error: a binding is named by a string
worker(chat, { rooms: { chat: 1 } });
// @ts-expect-error: neither a definition nor an app
worker({ name: "chat" });
