import { defineSocket, RpcError, type } from "onesocket";
import { type Client, connect, RequestError, type Status } from "onesocket/client";
import { z } from "zod";

/** Compiles only where both are the same type. */
type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Holds extends true>(): void {}

const chat = defineSocket({
  name: "chat",
  methods: {
    say: {
      params: z.object({ text: z.string() }),
      handle: (socket, { text }) => socket.notify("said", { who: "a", text }),
    },
    rename: { params: z.string(), handle: (_, name) => ({ renamed: name }) },
    now: { handle: () => new RpcError(1, "no").code },
    later: { params: z.number().optional(), handle: async () => "later" },
  },
  notifications: { said: type<{ who: string; text: string }>(), left: type<undefined>() },
});

const client = connect<typeof chat>("wss://host/chat", { token: async () => "t" });

holds<Exact<Awaited<ReturnType<typeof client.request<"rename">>>, { renamed: string }>>();
const renamed = await client.request("rename", "ada");
holds<Exact<typeof renamed, { renamed: string }>>();
await client.request("rename", "ada", { timeoutMs: 10, signal: AbortSignal.timeout(1) });
const later = await client.request("later");
holds<Exact<typeof later, string>>();
await client.request("later", 1);
client.notify("say", { text: "hi" });
const off = client.on("said", ({ who, text }) => holds<Exact<typeof who | typeof text, string>>());
off();
client.addEventListener("message", ({ data }) => holds<Exact<typeof data, string | Uint8Array<ArrayBuffer>>>());
client.addEventListener("status", () => client.status satisfies Status);
for await (const message of client) holds<Exact<typeof message, string | Uint8Array<ArrayBuffer>>>();

// Methods that take what they are given, without a schema.
const plain = defineSocket({ name: "plain", methods: { kind: { handle: (_, what) => typeof what === "string" } } });
const kind = await connect<typeof plain>("/").request("kind");
holds<Exact<typeof kind, boolean>>();

// Who else is there, by presence.
const seen = defineSocket({
  name: "seen",
  upgrade: () => ({ state: { name: "ada", secret: 1, tags: ["a"] } }),
  presence: ({ name, tags, secret }) => (secret > 1 ? undefined : { name, tags }),
});
const watcher = connect<typeof seen>("/seen");
const other = watcher.others.get("id");
holds<Exact<typeof other, { readonly name: string; readonly tags: readonly string[] } | undefined>>();
watcher.addEventListener("others", () => watcher.others.size satisfies number);
// @ts-expect-error: nobody else writes it
watcher.others.set("id", { name: "a", tags: [] });
// @ts-expect-error: what presence does not show
other?.secret;
// @ts-expect-error: of a definition without presence nothing is known
client.others.get("id")?.name;
connect("/").others.get("id") satisfies unknown;

// @ts-expect-error: no such method
client.request("sing");
// @ts-expect-error: other params
client.request("rename", 1);
// @ts-expect-error: without params
client.request("rename");
// @ts-expect-error: other params
client.notify("say", { txt: "hi" });
// @ts-expect-error: no such notification
client.on("sad", () => {});
// @ts-expect-error: not a member of it
client.on("said", ({ whom }) => whom);
// @ts-expect-error: not an option
connect("wss://host", { reconnect: true });
// @ts-expect-error: not a status
client.status.state === "opening";

// Of what is not known everything may be asked.
const any: Client = connect(() => new URL("wss://host"));
any.notify("anything", { a: 1 });
any.on("anything", (params) => params.whatever);
(await any.request("anything")).whatever;

try {
  await client.request("now");
} catch (error) {
  if (error instanceof RequestError && error.code === "UNKNOWN_OUTCOME") error.sent satisfies boolean;
}
