import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { encodeTextFrame } from "../../src/core/protocol/frame.ts";
import { acceptKey } from "../../src/core/upgrade/accept-key.ts";
import { ROOT } from "../docs/pages.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { startNginx } from "../helpers/nginx.ts";
import { REAL, startReal } from "../proxies/real.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A connection whose bytes can be waited for. */
class Ends {
  readonly socket: Socket;
  bytes = "";
  /** Whether the other side's FIN came, and whether all is over. */
  ended = false;
  closed = false;
  #wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true);
    const woken = (what: () => void) => () => {
      what();
      this.#wake();
    };
    socket.on("data", (chunk) => {
      this.bytes += chunk.toString("latin1");
      this.#wake();
    });
    socket
      .on("error", () => {})
      .on(
        "end",
        woken(() => {
          this.ended = true;
        }),
      );
    socket.on(
      "close",
      woken(() => {
        this.closed = true;
      }),
    );
  }

  /** Resolves once it holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Both ends of a connection through a proxy: the client's, the server's, and the head that the server got. */
interface Joined {
  readonly client: Ends;
  readonly server: Ends;
  readonly head: string;
}

/** A server that says what it is told to, behind a proxy, and a client of it. */
async function joined(
  start: (backend: number) => Promise<{ url: string; stop(): Promise<void> }>,
  says: string,
  behind: string | Buffer,
  probe: (ends: Joined) => Promise<void>,
): Promise<void> {
  const all: Socket[] = [];
  const arrived = Promise.withResolvers<Ends>();
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    // Squid has connections and requests of its own beside.
    const end = new Ends(socket);
    all.push(socket);
    await end.until(() => end.bytes.includes("\r\n\r\n") || end.ended || end.closed);
    if (end.bytes.startsWith("GET /chat ")) arrived.resolve(end);
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = await start((server.address() as AddressInfo).port);
  const host = proxy.url.replace("http://", "");
  const client = new Ends(connect({ port: Number(host.split(":")[1]), host: "127.0.0.1", allowHalfOpen: true }));
  const lines = ["GET /chat HTTP/1.1", `Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket"];
  const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  lines.push("Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${KEY}`, offer, "Origin: http://a.example", "", "");
  client.socket.write(Buffer.concat([Buffer.from(lines.join("\r\n")), Buffer.from(behind as string)]));
  const far = await arrived.promise;
  const head = far.bytes.slice(0, far.bytes.indexOf("\r\n\r\n") + 4);
  far.socket.write(says);
  await client.until(() => client.bytes.includes("\r\n\r\n"));
  await probe({ client, server: far, head });
  client.socket.destroy();
  for (const socket of all) socket.destroy();
  await proxy.stop();
  await new Promise((resolve) => server.close(resolve));
}

const SWITCH = `HTTP/1.1 101 Switching Protocols\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Accept: ${acceptKey(KEY)}\r
Sec-WebSocket-Extensions: permessage-deflate\r
Set-Cookie: a=1\r
Set-Cookie: b=2\r
\r
`;

/** The table of docs/proxies.md: a row for each proxy, by its columns. */
function rows(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const page = readFileSync(`${ROOT}/docs/proxies.md`, "utf8");
  const [titles, , ...lines] = /^\| Proxy \|.*\n(\|.*\n)+/m.exec(page)![0].trim().split("\n").map(cells);
  return Object.fromEntries(
    lines.map((line) => [
      line[0]!.replace(/ [\d.]+$/, ""),
      Object.fromEntries(titles!.map((title, at) => [title, line[at]!])),
    ]),
  );
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

for (const [name, real] of Object.entries(REAL)) {
  describeNeeding(real, `docs/proxies.md about ${name}`, () => {
    const row = () => rows()[name]!;
    const start = (backend: number) => startReal(name, "upgrade", backend);

    it("tells what reaches the server, and all of the 101 reaches the client", async () => {
      await joined(start, SWITCH, "", async ({ client, server, head }) => {
        expect(head).toMatch(/^GET \/chat HTTP\/1\.1\r\n/);
        expect(head).toMatch(/^upgrade: websocket\r$/im);
        expect(head).toMatch(/^sec-websocket-extensions: permessage-deflate; client_max_window_bits\r$/im);
        expect(head).toMatch(/^origin: http:\/\/a\.example\r$/im);
        const told = /^X-Forwarded-(For|Host)(?=:)/gim;
        const added = [...new Set([...head.matchAll(told)].map(([line]) => line.toLowerCase()))].sort();
        expect(added.join(", ") || "–").toBe(row().Tells);
        expect(client.bytes.match(/^set-cookie: [ab]=[12]\r$/gim)).toHaveLength(2);
        expect(client.bytes).toMatch(/^sec-websocket-extensions: permessage-deflate\r$/im);
        const large = "x".repeat(1 << 20);
        const before = server.bytes.length;
        client.socket.write(large);
        await server.until(() => server.bytes.length >= before + large.length);
      });
    });

    it("tells what becomes of a frame in one packet with the handshake", async () => {
      const early = Buffer.from(encodeTextFrame("early", 0));
      await joined(start, SWITCH, early, async ({ client, server }) => {
        client.socket.write(encodeTextFrame("second", 0));
        await server.until(() => server.bytes.includes("second"));
        expect(server.bytes.includes("early") ? "arrives" : "lost").toBe(row()["Early frame"]);
      });
    });

    it("tells what becomes of the client's FIN", async () => {
      await joined(start, SWITCH, "", async ({ client, server }) => {
        client.socket.end();
        await server.until(() => server.ended || server.closed);
        server.socket.write("late");
        await client.until(() => client.bytes.endsWith("late") || client.ended || client.closed);
        expect(client.bytes.endsWith("late") ? "carried" : "ends both").toBe(row()["Client's FIN"]);
      });
    });

    it("tells what becomes of the server's FIN", async () => {
      await joined(start, SWITCH, "", async ({ client, server }) => {
        server.socket.end();
        await client.until(() => client.ended || client.closed);
        client.socket.write("late");
        await server.until(() => server.bytes.endsWith("late") || server.ended || server.closed);
        expect(server.bytes.endsWith("late") ? "carried" : "ends both").toBe(row()["Server's FIN"]);
      });
    });

    it.each(["401 Unauthorized", "403 Forbidden", "426 Upgrade Required", "503 Service Unavailable"])(
      "passes a refusal on with its status, header and text: %s",
      async (status) => {
        const says = `HTTP/1.1 ${status}\r\nonesocket-failure: CODE\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhy?\n`;
        await joined(start, says, "", async ({ client }) => {
          await client.until(() => client.bytes.endsWith("why?\n"));
          expect(client.bytes).toMatch(new RegExp(`^HTTP/1.1 ${status.slice(0, 3)}`));
          expect(client.bytes).toMatch(/^onesocket-failure: CODE\r$/im);
        });
      },
    );
  });
}

describeNeeding(REAL.nginx!, "proxy_read_timeout", () => {
  it("of nginx is started anew by what the client sends too", async () => {
    const location = (backend: number) => `proxy_pass http://127.0.0.1:${backend}; proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 400ms;`;
    const start = (backend: number) => startNginx({ location: location(backend) });
    await joined(start, SWITCH, "", async ({ client, server }) => {
      const began = performance.now();
      const talking = setInterval(() => client.socket.write("."), 50);
      await server.until(() => performance.now() - began > 1500 || server.ended);
      clearInterval(talking);
      expect(server.ended).toBe(false);
      await client.until(() => client.ended || client.closed);
    });
  });
});

describeNeeding(REAL.nginx!, "an application behind another protocol than HTTP", () => {
  it.each(["uwsgi_pass", "scgi_pass"])("gets the upgrade by nginx's %s, and its 101 switches", async (pass) => {
    const asked: string[] = [];
    const server = createServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", (bytes) => {
          asked.push(bytes.toString("latin1"));
          socket.write(SWITCH.replace("\r\n", "\r\nStatus: 101 Switching Protocols\r\n"));
          socket.on("data", () => socket.end(encodeTextFrame("hi")));
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const nginx = await startNginx({ location: `${pass} 127.0.0.1:${(server.address() as AddressInfo).port};` });
    const client = new Ends(connect(Number(new URL(nginx.url).port), "127.0.0.1"));
    client.socket.write(
      `GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    );
    await client.until(() => client.bytes.includes("\r\n\r\n") || client.closed);
    expect(client.bytes).toMatch(/^HTTP\/1\.1 101 /);
    expect(asked[0]).toMatch(/HTTP_UPGRADE\W+websocket/);
    client.socket.write(encodeTextFrame("hello", 1));
    await client.until(() => client.bytes.endsWith("\x81\x02hi") || client.closed);
    expect(client.bytes.endsWith("\x81\x02hi")).toBe(true);
    client.socket.destroy();
    await nginx.stop();
    await new Promise((resolve) => server.close(resolve));
  });
});
