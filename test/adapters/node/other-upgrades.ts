import { afterAll, beforeAll, expect, it } from "vitest";
import { type ChildServer, startChild } from "../../helpers/child.ts";
import { frame, header, RawClient, type RawHandshake, type RawResponse, TEXT } from "../../helpers/raw.ts";

const HOST = `${import.meta.dirname}/../../hosts/other-upgrades.ts`;

/** Servers where somebody else's listener is asked first: it was there before us, or came after, or hears nothing of errors. */
const SHARED = ["before", "after", "careless"];

/** What `curl --http2`, and Java's client, send beside. */
const H2C = {
  upgrade: "h2c",
  connection: "Upgrade, HTTP2-Settings",
  "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA",
  "sec-websocket-key": null,
  "sec-websocket-version": null,
};

function post(body: string, headers: RawHandshake["headers"] = {}): RawHandshake {
  const all = { ...H2C, "content-length": String(body.length), ...headers };
  return { method: "POST", path: "/body", headers: all, body };
}

/** The Node that is asked. */
export interface AskedNode {
  binary(): string | Promise<string>;
  readonly flags?: readonly string[];
  /** Of its version: 26.10.0 has 26. */
  readonly major: number;
}

/** What becomes of upgrades to another protocol: the cases that every Node has to pass. */
export function otherUpgrades(node: AskedNode): void {
  /**
   * Whether a connection ends with the answer to a body that came in parts. Node 26 (26.10, 2026-11) parses the body while a listener
   * is asked, and its connection can't begin anew.
   */
  const ends = (server: string) => node.major >= 26 && SHARED.includes(server);
  let child: ChildServer;

  beforeAll(async () => {
    child = await startChild(await node.binary(), ["--conditions=onesocket-source", ...(node.flags ?? []), HOST]);
  });
  afterAll(() => child.stop());

  function connect(server: string): Promise<RawClient> {
    const port = child.logs.find((line) => line.startsWith(`${server} `))?.split(" ")[1];
    return RawClient.connect(`${/tls|http2/i.test(server) ? "https" : "http"}://127.0.0.1:${port}`);
  }

  const SERVERS = [
    "app",
    "tls",
    "http2",
    "proxied",
    "proxiedTls",
    "attached",
    "attachedTls",
    "attachedHttp2",
    ...SHARED,
  ];

  it.each(SERVERS)("are ordinary requests with their bodies, over one connection: %s", async (server) => {
    const client = await connect(server);
    for (const body of ["one", "two"]) {
      client.handshake(post(body));
      expect(await client.response()).toMatchObject({ status: 200, body: `h2c ${body}` });
    }
    client.handshake(
      post("", { "content-length": null, "transfer-encoding": "chunked" }),
      Buffer.from("3\r\nabc\r\n0\r\n\r\n"),
    );
    expect((await client.response()).body).toBe("h2c abc");
    client.handshake({ path: "/body", headers: { ...H2C, upgrade: "TLS/1.2", connection: "upgrade" } });
    expect((await client.response()).body).toBe("page");
    client.end();
    await client.ended;
  });

  it.each(SERVERS)("whose body is long are ordinary requests: %s", async (server) => {
    const client = await connect(server);
    const body = "x".repeat(100_000);
    client.handshake(post(body));
    const answer = await client.response();
    expect(answer).toMatchObject({ status: 200, body: `h2c ${body}` });
    await (ends(server) ? expectEnd(client, answer) : expectMore(client));
  });

  it.each(SERVERS)("whose body comes later are ordinary requests: %s", async (server) => {
    const client = await connect(server);
    const { body = "", ...head } = post("0123456789");
    client.handshake(head);
    for (const part of [body.slice(0, 3), body.slice(3)]) {
      // Whoever is answered now came later than what was sent so far, which has been read then.
      await expectMore(await connect(server));
      client.write(Buffer.from(part));
    }
    const answer = await client.response();
    expect(answer.body).toBe("h2c 0123456789");
    await (ends(server) ? expectEnd(client, answer) : expectMore(client));
  });

  it.each(["app", "attached", ...SHARED])(
    "whose client is lost in the middle of the body harm nobody else: %s",
    async (server) => {
      const [client, other] = [await connect(server), await connect(server)];
      client.handshake(post("0123456789", { "content-length": "100" }));
      other.handshake(post("one"));
      expect((await other.response()).body).toBe("h2c one");
      client.reset();
      await client.ended;
      await expectMore(other);
      await expectMore(await connect(server));
    },
  );

  it.each(SERVERS)("may be followed by a WebSocket on the same connection: %s", async (server) => {
    const client = await connect(server);
    client.handshake(post("one"));
    await client.response();
    client.handshake({ path: "/ws" }, frame(TEXT, "hello"));
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("hello");
    client.end();
  });

  it("are answered by the validator where a definition is served, which keeps the connection", async () => {
    const client = await connect("definition");
    const answers: [RawHandshake, number, string][] = [
      [{ headers: H2C }, 426, "NOT_A_HANDSHAKE"],
      [post("body"), 405, "METHOD_NOT_GET"],
      [{ headers: { ...H2C, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } }, 400, "UPGRADE_NOT_WEBSOCKET"],
    ];
    for (const [request, status, code] of answers) {
      client.handshake(request);
      const answer = await client.response();
      expect([answer.status, header(answer, "onesocket-failure")]).toEqual([status, code]);
    }
    client.handshake({}, frame(TEXT, "hello"));
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("hello");
    client.end();
  });

  it.each(SHARED)("are those of somebody else's listener, if it takes them: %s", async (server) => {
    const client = await connect(server);
    client.handshake({ path: "/", headers: { ...H2C, upgrade: "theirs", connection: "upgrade" } });
    expect((await client.response()).status).toBe(101);
    await client.ended;
  });
}

async function expectEnd(client: RawClient, answer: RawResponse): Promise<void> {
  expect(header(answer, "connection")).toBe("close");
  await client.ended;
}

async function expectMore(client: RawClient): Promise<void> {
  client.handshake(post("more"));
  expect((await client.response()).body).toBe("h2c more");
  client.end();
  await client.ended;
}
