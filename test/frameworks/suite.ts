import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Attached } from "onesocket/node";
import { afterAll, describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { header, RawClient } from "../helpers/raw.ts";

/** A framework's server with sockets of ours at `/chat`, and a page of its own at `/page`. */
export interface Served {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly sockets: Pick<Attached, "drain" | "close">;
  /** Ends the framework's server. */
  stop(): unknown;
}

/** What the framework does itself about a handshake that nobody takes: what a client sees, where it is not our 404. */
export interface Declared {
  readonly untaken?: string;
}

/** The URL of a server that listens on a free port from now on. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends a server, whoever is connected. */
export async function ended(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** What answers a handshake: `101`, or status and code, or what the body says. The connection has ended then, after this one answer. */
export async function answerTo(
  url: string,
  path: string,
  headers: Record<string, string | null> = {},
): Promise<string> {
  const client = await RawClient.connect(url);
  client.handshake({ path, headers });
  const answer = await client.response();
  if (answer.status === 101) {
    client.end();
    return "101";
  }
  await client.ended;
  return `${answer.status} ${header(answer, "onesocket-failure") ?? answer.body}`.trim();
}

/** What a framework has to leave to us, and we to it. The last three end our sockets, and then the server. */
export function itServes(
  name: string,
  start: () => Promise<Served>,
  { untaken = "404 UNHANDLED_UPGRADE" }: Declared = {},
) {
  describe(name, () => {
    let served: Promise<Served> | undefined;
    const server = () => {
      served ??= start();
      return served;
    };
    const page = async () => (await fetch(`${(await server()).url}/page`)).text();

    afterAll(async () => (await served)?.stop());

    it("opens a socket that echoes", async () => {
      const client = await Client.connect(`${(await server()).url}/chat`);
      client.send("hello");
      expect(await client.next()).toBe("echo: hello");
      expect((await client.close(4000, "enough")).code).toBe(4000);
    });

    it("answers a handshake that is refused with the failure's code, once", async () => {
      const { url } = await server();
      expect(await answerTo(url, "/chat", { "sec-websocket-version": "8" })).toBe("426 VERSION_UNSUPPORTED");
      expect(await answerTo(url, "/chat", { origin: "https://evil.example" })).toBe("403 ORIGIN_REJECTED");
      expect(await answerTo(url, "/chat?stranger")).toBe("401 who are you?");
    });

    it("has its own pages", async () => {
      expect(await page()).toBe("a page");
    });

    it("answers a handshake that nobody takes, once", async () => {
      expect(await answerTo((await server()).url, "/nowhere")).toBe(untaken);
    });

    it("goes on when our sockets are drained, and then refuses handshakes", async () => {
      const { url, sockets } = await server();
      const client = await Client.connect(`${url}/chat`);
      const drained = await sockets.drain({ reason: "a deploy" });
      expect([drained.sockets, await client.closed]).toEqual([1, { code: 1012, reason: "a deploy" }]);
      expect(await answerTo(url, "/chat")).toBe("503 DRAINING");
      expect(await page()).toBe("a page");
    });

    it("is left alone when our sockets are closed", async () => {
      await (await server()).sockets.close();
      expect(await page()).toBe("a page");
    });
  });
}
