import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { onesocket, type Running } from "../cli/command.ts";
import { Client } from "../helpers/client.ts";
import { type Backend, startBackend } from "./backend.ts";
import { configurations, PROXY_LANGUAGES } from "./blocks.ts";
import { describeBehind, PREAMBLES, SEVERAL, startProxy } from "./proxy.ts";

/** How a handshake of a page of the proxy's own host is answered, and what the server was told of it. */
interface Outcome {
  readonly status: number;
  /** The code in the answer's header. */
  readonly named?: string | undefined;
  readonly told: readonly string[];
}

const STRIPPED = refusal(426, "UPGRADE_STRIPPED");
const FOREIGN = refusal(403, "ORIGIN_REJECTED");

/** The wrong configurations of the page, and what each looks like. */
const WRONG: Readonly<Record<string, Readonly<Record<string, Outcome>>>> = {
  nginx: {
    bare: STRIPPED,
    half: refusal(400, "CONNECTION_NO_UPGRADE"),
    "http-1.0": { status: 101, told: ["warning HTTP_1_0"] },
    host: FOREIGN,
  },
  apache: { bare: STRIPPED, shared: STRIPPED, host: FOREIGN },
  haproxy: { "no-tunnel": { status: 101, told: [] } },
  caddyfile: { "other-host": { status: 200, told: [] } },
};

function refusal(status: number, code: string): Outcome {
  return { status, named: code, told: [`refused ${code}`] };
}

/** Does a handshake, and tells its answer. */
async function answerTo(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Omit<Outcome, "told">> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  socket.on("error", () => {});
  const { statusCode, headers: fields } = await new Promise<IncomingMessage>((resolve) => {
    socket.once("upgrade", resolve).once("unexpected-response", (_, response) => resolve(response));
  });
  socket.terminate();
  const named = fields["onesocket-failure"];
  return { status: statusCode!, ...(named !== undefined && { named: String(named) }) };
}

describe.each(PROXY_LANGUAGES)("%s", (language) => {
  it("has only configurations in docs/proxies.md that are run", () => {
    const marks = configurations(language).map(({ mark }) => mark);
    expect(marks.filter((mark) => mark !== PREAMBLES[language] && mark !== SEVERAL)).toEqual([
      "",
      ...Object.keys(WRONG[language]!),
    ]);
  });
});

for (const language of PROXY_LANGUAGES) {
  describeBehind(language, () => {
    let backend: Backend;

    beforeAll(async () => {
      backend = await startBackend();
    });

    afterAll(() => backend.close());

    it("set up right, a page of the proxy's host is served, and the server knows the client's address", async () => {
      const proxy = await startProxy(language, "", backend.url);
      const socket = new WebSocket(proxy.url.replace("http", "ws"), { origin: proxy.url, localAddress: "127.0.0.2" });
      const [address] = await once(socket, "message");
      expect(String(address)).toBe("127.0.0.2");
      const large = Buffer.alloc(300_000, 7);
      socket.send(large);
      const [echo] = await once(socket, "message");
      expect(large.equals(echo)).toBe(true);
      socket.close(1000, "done");
      const [code] = await once(socket, "close");
      expect(code).toBe(1000);
      await proxy.stop();
    });

    it.each(Object.entries(WRONG[language]!))("set up wrong (%s), it looks as the page says", async (mark, outcome) => {
      const { url, told, close } = await startBackend({ proxies: [] });
      const proxy = await startProxy(language, mark, url);
      expect({ ...(await answerTo(proxy.url, { origin: proxy.url })), told }).toEqual(outcome);
      await proxy.stop();
      await close();
    });
  });
}

describeBehind("nginx", () => {
  it("over HTTP/1.0, messages go both ways, and strict refuses", async () => {
    const [lenient, strict] = await Promise.all([startBackend(), startBackend({ strict: true })]);
    const open = await startProxy("nginx", "http-1.0", lenient.url);
    const client = await Client.connect(open.url);
    await client.next();
    client.send("hello");
    expect(await client.next()).toBe("hello");
    await client.close();
    const shut = await startProxy("nginx", "http-1.0", strict.url);
    expect({ ...(await answerTo(shut.url)), told: strict.told }).toEqual(refusal(426, "HTTP_1_0"));
    await Promise.all([open, shut].map((proxy) => proxy.stop()));
    await Promise.all([lenient, strict].map((backend) => backend.close()));
  });

  it("set up right, a server on Bun is served too", async () => {
    const server: Running = await onesocket(["dev", "test/hosts/echo.ts", "--on", "bun", "--port", "0"]);
    const proxy = await startProxy("nginx", "", server.url);
    const client = await Client.connect(proxy.url);
    client.send("hello");
    expect(await client.next()).toBe("hello");
    expect((await client.close(1000)).code).toBe(1000);
    await proxy.stop();
    server.kill("SIGTERM");
    await server.ended;
  });
});

describeBehind("apache", () => {
  it("without ProxyPreserveHost, a page of its host is served where proxies has Apache: it tells the host", async () => {
    const backend = await startBackend();
    const proxy = await startProxy("apache", "host", backend.url);
    expect(await answerTo(proxy.url, { origin: proxy.url })).toEqual({ status: 101 });
    expect(await answerTo(proxy.url, { origin: "http://evil.example" })).toEqual({
      status: 403,
      named: "ORIGIN_REJECTED",
    });
    await proxy.stop();
    await backend.close();
  });

  it("two ProxyPass of one backend work when the first has upgrade=websocket", async () => {
    const backend = await startBackend();
    const proxy = await startProxy("apache", "shared", backend.url, (text) =>
      text.replace(" upgrade=websocket", "").replace('"http://127.0.0.1:3000/"', "$& upgrade=websocket"),
    );
    expect((await answerTo(proxy.url, { origin: proxy.url })).status).toBe(101);
    await proxy.stop();
    await backend.close();
  });
});

/** What the page says that takes a refusal's code and text away. */
const OWN_PAGES: readonly (readonly [language: string, edit: (text: string) => string])[] = [
  [
    "nginx",
    (text) =>
      text.replace(
        "proxy_http_version",
        "proxy_intercept_errors on; error_page 403 /own; location = /own { internal; return 403 own; } $&",
      ),
  ],
  ["apache", (text) => text.replace("ProxyPreserveHost On", "$&\n  ProxyErrorOverride On")],
];

for (const [language, edit] of OWN_PAGES) {
  describeBehind(language, () => {
    it("that shows pages of its own, a refusal has its status, and nothing that says why", async () => {
      const backend = await startBackend();
      const proxies = await Promise.all([edit, undefined].map((one) => startProxy(language, "", backend.url, one)));
      const [own, whole] = await Promise.all(
        proxies.map(({ url }) => answerTo(url, { origin: "http://evil.example" })),
      );
      expect([own, whole]).toEqual([{ status: 403 }, { status: 403, named: "ORIGIN_REJECTED" }]);
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await backend.close();
    });
  });
}

/** The time-outs of the page, short enough to wait for. */
const SHORT: readonly (readonly [language: string, mark: string, edit: (text: string) => string])[] = [
  ["nginx", "", (text) => text.replace("proxy_read_timeout 1h", "proxy_read_timeout 400ms")],
  ["apache", "", (text) => text.replace("timeout=3600", "timeout=1").replace("ServerName", "Timeout 1\n$&")],
  ["haproxy", "no-tunnel", (text) => text.replaceAll(" 30s", " 400ms")],
];

for (const [language, mark, edit] of SHORT) {
  describeBehind(language, () => {
    it("a silent connection ends with 1006 after the time-out, and lives while the server sends Pings", async () => {
      const [quiet, pinging] = await Promise.all([startBackend(), startBackend({ everyMs: 100 })]);
      const proxies = await Promise.all([quiet, pinging].map(({ url }) => startProxy(language, mark, url, edit)));
      const [cut, kept] = await Promise.all(proxies.map(({ url }) => Client.connect(url)));
      await kept!.next();
      expect((await cut!.closed).code).toBe(1006);
      kept!.send("still here");
      expect(await kept!.next()).toBe("still here");
      await kept!.close();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await Promise.all([quiet, pinging].map((backend) => backend.close()));
    });
  });
}

describeBehind("haproxy", () => {
  it("timeout tunnel takes the place of the other two", async () => {
    const backend = await startBackend();
    const edit = (text: string) => text.replaceAll(" 30s", " 400ms");
    const proxies = await Promise.all(["no-tunnel", ""].map((mark) => startProxy("haproxy", mark, backend.url, edit)));
    const kept = await Client.connect(proxies[1]!.url);
    await kept.next();
    const cut = await Client.connect(proxies[0]!.url);
    expect((await cut.closed).code).toBe(1006);
    kept.send("still here");
    expect(await kept.next()).toBe("still here");
    await kept.close();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await backend.close();
  });
});
