/** What came on a channel, and the number of the server process that sent it, which PostgreSQL itself says. */
export interface Notification {
  readonly channel: string;
  readonly processId: number;
  readonly payload?: string | undefined;
}

/** A client of the package `pg`, version 8 or later, as far as it is used here. */
export interface PostgresClient {
  /** The number of the server process, as it was told at the start: a pool in between tells one of its own. */
  readonly processID?: number | null | undefined;
  connect(): Promise<unknown>;
  end(): Promise<unknown>;
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "notification", listener: (notification: Notification) => void): unknown;
}

/** Makes a client that is not connected yet. */
export type NewPostgresClient = () => PostgresClient | Promise<PostgresClient>;

/** Where a connection goes: a URL, or wherever a client goes. */
export interface PostgresAddress {
  readonly url?: string | undefined;
  readonly client?: NewPostgresClient | undefined;
}

/** Throws a TypeError for what is no URL of PostgreSQL. */
export function checkUrl(url: unknown): void {
  if (typeof url === "string" && /^(postgres(ql)?|socket):/.test(url)) return;
  throw new TypeError("a url of PostgreSQL begins with postgres: or postgresql:");
}

/** A new client, not connected. Rejects when it takes the optional peer `pg`, and that is not installed. */
export async function newClient({ url, client }: PostgresAddress): Promise<PostgresClient> {
  if (client) return checkClient(await client());
  const { Client } = await peer();
  return new Client({ connectionString: url, application_name: "onesocket", keepAlive: true });
}

function checkClient(client: PostgresClient): PostgresClient {
  const methods = ["connect", "end", "query", "on"] as const;
  const isClient = methods.every((name) => typeof (Object(client) as Partial<PostgresClient>)[name] === "function");
  if (isClient && !("totalCount" in client)) return client;
  throw new TypeError(
    "client must return a new Client of the package pg: a Pool has several connections, which keep no order",
  );
}

async function peer(): Promise<typeof import("pg")> {
  try {
    const module = await import("pg");
    // Bun and Deno see the CommonJS of old versions by its default alone.
    return module.Client ? module : (module as unknown as { default: typeof module }).default;
  } catch (cause) {
    throw new Error("onesocket/postgres needs the package pg: npm install pg", { cause });
  }
}
