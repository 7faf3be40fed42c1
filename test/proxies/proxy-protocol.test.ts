import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import WebSocket from "ws";
import { certificate } from "../helpers/certificate.ts";
import { startBackend } from "./backend.ts";
import { describeBehindPreamble, PREAMBLES, startProxy } from "./proxy.ts";

/** Ways to write the same configuration: HAProxy has two versions, in two modes. */
const WAYS: Readonly<Record<string, Readonly<Record<string, (text: string) => string>>>> = {
  haproxy: {
    "send-proxy": (text) => text.replace("send-proxy-v2", "send-proxy"),
    "send-proxy-v2": (text) => text,
    "send-proxy-v2 in mode http": (text) => text.replace("mode tcp", "mode http\n  option forwardfor"),
    "send-proxy-v2-ssl-cn": (text) => text.replace("send-proxy-v2", "send-proxy-v2-ssl-cn"),
    "send-proxy-v2 with a checksum and an id": (text) =>
      text.replace("send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority"),
  },
  nginx: { "proxy_protocol on": (text) => text },
};

for (const [language, ways] of Object.entries(WAYS)) {
  describeBehindPreamble(language, () => {
    it.each(Object.entries(ways))(
      "%s: the server knows the client's address, and nothing is refused",
      async (_, edit) => {
        const backend = await startBackend();
        const proxy = await startProxy(language, PREAMBLES[language]!, backend.url, (text) =>
          edit(text).replace(" check", " check inter 20ms"),
        );
        for (const from of ["127.0.0.2", "127.0.0.3"]) {
          const socket = new WebSocket(proxy.url.replace("http", "ws"), { origin: proxy.url, localAddress: from });
          expect(String((await once(socket, "message"))[0])).toBe(from);
          const large = Buffer.alloc(300_000, 7);
          socket.send(large);
          expect(large.equals((await once(socket, "message"))[0])).toBe(true);
          socket.close(1000, "done");
          expect((await once(socket, "close"))[0]).toBe(1000);
        }
        expect(backend.told).toEqual([]);
        await proxy.stop();
        await backend.close();
      },
    );

    it.each(Object.entries(ways))("%s: a server that does not trust it answers 400, and says so", async (_, edit) => {
      const backend = await startBackend({ proxies: [] });
      const proxy = await startProxy(language, PREAMBLES[language]!, backend.url, (text) =>
        edit(text).replace(" check", ""),
      );
      const socket = new WebSocket(proxy.url.replace("http", "ws"));
      socket.on("error", () => {});
      const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
      expect([response.statusCode, response.headers["onesocket-failure"]]).toEqual([400, "PROXY_PROTOCOL"]);
      // Whoever waited for the proxy to listen was passed on too.
      expect(new Set(backend.told)).toEqual(new Set(["refused PROXY_PROTOCOL"]));
      await proxy.stop();
      await backend.close();
    });

    it("passes TLS on: the server knows the client's address", async () => {
      const backend = await startBackend({ tls: certificate() });
      const proxy = await startProxy(language, PREAMBLES[language]!, backend.url);
      const url = proxy.url.replace("http", "wss");
      const socket = new WebSocket(url, { localAddress: "127.0.0.2", rejectUnauthorized: false });
      expect(String((await once(socket, "message"))[0])).toBe("127.0.0.2");
      socket.terminate();
      await proxy.stop();
      await backend.close();
    });
  });
}
