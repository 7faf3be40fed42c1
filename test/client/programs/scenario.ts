import { type Client, connect, type Status } from "onesocket/client";

/** What a program of each runtime is run against. */
export interface Places {
  /** A server that speaks a little JSON-RPC, and does what texts tell it. */
  readonly peer: string;
  /** The same behind a proxy that stops forwarding after some pings, without a FIN, until its client has gone. */
  readonly frozen: string;
  /** A server that never answers. */
  readonly silent: string;
  /** Servers that refuse: with 401, with 401 beside a page of its own, with 403 and a code, not at all. */
  readonly refusing: readonly string[];
}

const SOON = { backoff: { firstMs: 20, longestMs: 50, spreadMs: 20 }, openMs: 10_000 };

async function until(client: Client, is: (status: Status) => boolean): Promise<Status> {
  while (!is(client.status)) await new Promise((resolve) => client.addEventListener("status", resolve, { once: true }));
  return client.status;
}

async function messages({ peer }: Places): Promise<unknown> {
  using client = connect(peer, SOON);
  client.send("häi");
  // Bun's own WebSocket refuses memory that can grow.
  const bytes = new Uint8Array(new ArrayBuffer(2, { maxByteLength: 4 }));
  bytes[1] = 255;
  client.send(bytes);
  const seen: unknown[] = [];
  for await (const message of client) {
    seen.push(typeof message === "string" ? message : [...message]);
    if (seen.length === 2) return seen;
  }
  return "ended";
}

async function requests({ peer }: Places): Promise<unknown> {
  using client = connect(peer, SOON);
  const { code, data } = await client.request("fail").catch((error) => error);
  const died = await client.request("die").catch((error) => error.code);
  const heard = new Promise((resolve) => client.on("said", resolve));
  return [await client.request("echo", { n: 1 }), code, data, died, await client.request("echo"), await heard];
}

async function closes({ peer }: Places): Promise<unknown> {
  using client = connect(peer, SOON);
  client.send("close 1012");
  const restarted = await until(client, ({ state }) => state === "waiting");
  await until(client, ({ state }) => state === "open");
  client.send("close 4001");
  const { state, failure } = await until(client, ({ state }) => state === "closed");
  return [restarted.failure?.closeCode, state, failure?.closeCode, failure?.reason, client.send("x")];
}

async function tokens({ peer }: Places): Promise<unknown> {
  using client = connect(() => Promise.resolve(peer), { ...SOON, token: () => "a.b", protocols: "chat" });
  const offered = await client.request("offered");
  using wrong = connect(peer, { token: "not a token" });
  return [offered, client.protocol, (await until(wrong, ({ state }) => state === "closed")).failure?.code];
}

async function signals({ peer }: Places): Promise<unknown> {
  const controller = new AbortController();
  const client = connect(peer, { ...SOON, signal: controller.signal });
  await until(client, ({ state }) => state === "open");
  controller.abort();
  return client.status.state;
}

async function halfOpen({ frozen }: Places): Promise<unknown> {
  using client = connect(frozen, { ...SOON, heartbeat: { everyMs: 50, timeoutMs: 300 } });
  await client.request("echo");
  const begun = Date.now();
  const { failure } = await until(client, ({ state }) => state === "waiting");
  const ms = Date.now() - begun;
  await until(client, ({ state }) => state === "open");
  return [failure?.code, ms < 10_000, await client.request("echo", "again")];
}

/** Closed, or given up, before it is open. */
async function early({ silent }: Places): Promise<unknown> {
  const atOnce = connect(silent);
  atOnce.close();
  const soon = connect(silent);
  await new Promise((resolve) => setTimeout(resolve, 50));
  soon.close(4000, "never mind");
  using late = connect(silent, { openMs: 100 });
  const { failure } = await until(late, ({ state }) => state === "waiting");
  return [atOnce.status.state, soon.status.state, failure?.code];
}

function reasons({ refusing }: Places): Promise<unknown> {
  return Promise.all(
    refusing.map(async (url) => {
      using client = connect(url, SOON);
      const { failure } = await until(client, ({ state }) => state === "waiting" || state === "closed");
      return failure?.likely ? `${failure.code}, likely ${failure.likely}` : failure?.code;
    }),
  );
}

const PARTS = { messages, requests, closes, tokens, signals, halfOpen, early, reasons };

/** Does all of it, and tells what came of each part. */
export async function scenario(places: Places): Promise<Record<string, unknown>> {
  const done = Object.entries(PARTS).map(async ([name, part]) => {
    const result = await part(places).catch((error) => String(error?.stack ?? error));
    return [name, result] as const;
  });
  return Object.fromEntries(await Promise.all(done));
}
