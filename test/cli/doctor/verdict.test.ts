import { createServer as createHttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTlsServer } from "node:tls";
import { describe, onTestFinished as ended, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import {
  answer,
  consult,
  frame,
  type Habit,
  listen,
  type Patient,
  patient,
  rawPatient,
  switching,
  tlsPatient,
  wellBehaved,
} from "./lab.ts";

const TLS = { cert: CERTIFICATE, key: KEY };

/** A patient that is discharged when the test ends. */
async function admit(coming: Promise<Patient>, finished: typeof ended): Promise<string> {
  const { host, stop } = await coming;
  finished(stop);
  return host;
}

function isUpgrade({ head }: { readonly head: string }): boolean {
  return /^upgrade:/im.test(head);
}

/** Leaves upgrades unanswered, and answers every other request. */
const DEAF: Habit = (socket, ask) => {
  if (!isUpgrade(ask)) socket.end(answer("200 OK", "hello"));
};

/** One port that takes TLS by its first byte, and lets plain HTTP be answered otherwise. */
function both(secured: Habit, plain: (socket: Parameters<Habit>[0], first: Buffer) => void): Promise<Patient> {
  const tls = createTlsServer({ ...TLS, ALPNProtocols: ["http/1.1"] });
  const inner = tlsPatient(secured);
  tls.on("tlsClientError", () => {});
  return rawPatient((socket) => {
    socket.once("data", async (first) => {
      if (first[0] !== 0x16) return plain(socket, first);
      socket.pause();
      const { connect } = await import("node:net");
      const { host, stop } = await inner;
      const through = connect(Number(host.split(":")[1]), "127.0.0.1");
      through.on("error", () => {}).on("close", () => socket.destroy());
      socket.on("close", () => through.destroy());
      through.write(first);
      socket.pipe(through).pipe(socket);
      ended(stop);
    });
  });
}

function codes({ findings }: DoctorReport): readonly string[] {
  return findings.map(({ code }) => code);
}

/** What is said to a person: the verdict and its lines. */
function told({ detail, fix, snippet, hop }: DoctorReport): string {
  return [detail, fix, snippet, hop?.name].join("\n");
}

describe.concurrent("an upgrade that is merely never answered", () => {
  it("over TLS is no plain port, though the port explains itself in plain HTTP", async ({ onTestFinished }) => {
    const host = await admit(
      both(DEAF, (socket) => socket.end(answer("400 Bad Request", "plain HTTP on an HTTPS port"))),
      onTestFinished,
    );
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("over TLS is not HTTP/2 alone, where HTTP/1.1 is spoken too", async ({ onTestFinished }) => {
    const server = createSecureServer({ ...TLS, allowHTTP1: true }, (_, response) => response.end("hello"));
    server.on("upgrade", () => {}).on("sessionError", () => {});
    const host = await admit(listen(server), onTestFinished);
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("over TLS is neither, where no request is answered but HTTP/1.1 was agreed to", async ({ onTestFinished }) => {
    const server = createSecureServer({ ...TLS, allowHTTP1: true }, () => {});
    server.on("upgrade", () => {}).on("sessionError", () => {});
    const host = await admit(listen(server), onTestFinished);
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("in plain is no TLS port, where both are spoken", async ({ onTestFinished }) => {
    const server = createHttpServer((_, response) => response.end("hello")).on("upgrade", () => {});
    const inner = await admit(listen(server), onTestFinished);
    const { connect } = await import("node:net");
    const host = await admit(
      both(DEAF, (socket, first) => {
        const through = connect(Number(inner.split(":")[1]), "127.0.0.1").on("error", () => {});
        socket.on("close", () => through.destroy());
        through.write(first);
        socket.pipe(through).pipe(socket);
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`, "--timeout", "500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
    expect(report.detail).toContain("only upgrades are left unanswered");
  });

  it("until a GET came is told as that: the GET has mended the proxy", async ({ onTestFinished }) => {
    let heard = false;
    const host = await admit(
      patient((socket, ask, behind) => {
        if (isUpgrade(ask)) return heard ? wellBehaved()(socket, ask, behind) : undefined;
        heard = true;
        socket.end(answer("200 OK", "hello"));
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`, "--timeout", "500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
    expect(report.fix).toContain('server.on("upgrade"');
    expect(report.detail).toContain("after a plain GET");
  });
});

describe.concurrent("a limit of the rate", () => {
  it.each(["503 Service Unavailable", "429 Too Many Requests"])(
    "of a server that is well ends the check-up at its first %s, and is no refusal of an Origin",
    async (status) => {
      let count = 0;
      const { host, stop } = await patient((socket, ask, behind) =>
        ++count > 5 ? socket.end(answer(status)) : wellBehaved()(socket, ask, behind),
      );
      const report = await consult(`ws://${host}`);
      await stop();
      expect(report).toMatchObject({ ok: true, code: null });
      expect(report.detail).toMatch(/limits the rate/);
      expect(report.detail).not.toMatch(/pages|Origin/i);
      expect(count).toBe(6);
    },
  );

  it("is not an Origin that was missing: the same handshake is let in again", async ({ onTestFinished }) => {
    let count = 0;
    const host = await admit(
      patient((socket, ask, behind) =>
        ++count % 2 === 1 ? socket.end(answer("403 Forbidden")) : wellBehaved()(socket, ask, behind),
      ),
      onTestFinished,
    );
    expect(codes(await consult(`ws://${host}`))).not.toContain("ORIGIN_REJECTED");
  });
});

describe.concurrent("a gateway whose server is down", () => {
  it.each(["502 Bad Gateway", "503 Service Temporarily Unavailable", "504 Gateway Time-out"])(
    "gets no lines for upgrades with %s",
    async (status) => {
      const { host, stop } = await patient((socket) => socket.end(answer(status, "", "Server: nginx/1.22.1\r\n")));
      const report = await consult(`ws://${host}`);
      await stop();
      expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101", hop: { name: "nginx" } });
      expect(report.snippet ?? "").not.toMatch(/upgrade/i);
      expect(report.fix).toMatch(/server behind/);
    },
  );

  it("is told of HAProxy's health check, which marks a server for sockets alone as down", async ({
    onTestFinished,
  }) => {
    const page =
      "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
    const host = await admit(
      patient((socket) => socket.end(answer("503 Service Unavailable", page))),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ code: "STATUS_NOT_101", hop: { name: "HAProxy" } });
    expect(report.snippet).toContain("http-check expect status 426");
  });
});

describe.concurrent("--via", () => {
  const OWN: Habit = (socket, ask, behind) => {
    const origin = ask.header("origin");
    const own = origin === "" || origin === `http://${ask.header("host")}`;
    return own ? wellBehaved()(socket, ask, behind) : socket.end(answer("403 Forbidden"));
  };

  it("warns of a way that lets other sites in, where the direct one does not", async ({ onTestFinished }) => {
    const direct = await admit(patient(OWN), onTestFinished);
    const via = await admit(patient(wellBehaved()), onTestFinished);
    const report = await consult(`ws://${direct}`, "--via", `ws://${via}`);
    expect(report).toMatchObject({ ok: true, code: "ORIGIN_UNCHECKED" });
    const rows = report.via!.changes.filter(({ what }) => what.startsWith("Origin"));
    expect(rows).toContainEqual({
      what: "Origin: another site",
      direct: "403 Forbidden",
      via: "101 Switching Protocols",
    });
    expect(rows.map(({ what }) => what)).not.toContain("Origin: the same host");
  });

  it("warns of a way that refuses the pages of its own host, where the direct one does not", async ({
    onTestFinished,
  }) => {
    const direct = await admit(patient(OWN), onTestFinished);
    const via = await admit(
      patient((socket, ask, behind) =>
        ask.header("origin") === ""
          ? wellBehaved()(socket, ask, behind)
          : socket.end(answer("403 Forbidden", "", "Server: nginx\r\n")),
      ),
      onTestFinished,
    );
    const report = await consult(`ws://${direct}`, "--via", `ws://${via}`);
    expect(report).toMatchObject({ ok: true, code: "ORIGIN_REJECTED", hop: { name: "nginx" } });
    expect(report.snippet).toContain("proxy_set_header Host $http_host;");
  });

  it("refuses pages on the direct way, and says that this is the server's own", async ({ onTestFinished }) => {
    const closed: Habit = (socket, ask, behind) =>
      ask.header("origin") === "" ? wellBehaved()(socket, ask, behind) : socket.end(answer("403 Forbidden"));
    const direct = await admit(patient(closed), onTestFinished);
    const via = await admit(patient(OWN), onTestFinished);
    const report = await consult(`ws://${direct}`, "--via", `ws://${via}`);
    expect(report.via!.changes).toContainEqual({
      what: "Origin: the same host",
      direct: "403 Forbidden",
      via: "101 Switching Protocols",
    });
  });
});

describe.concurrent("a Close 1011", () => {
  it("is a Close of the server's own: only ours says by its reason that a handler threw", async ({
    onTestFinished,
  }) => {
    const close = frame(0x88, Buffer.concat([Buffer.from([3, 243]), Buffer.from("upstream said 401")]));
    const host = await admit(
      patient((socket, ask) => void socket.write(Buffer.concat([Buffer.from(switching(ask)), close]))),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: false, code: "CLOSED_BY_SERVER" });
    expect(report.detail).toContain('Close 1011 "upstream said 401"');
  });

  it("that answers our text is no thrown handler either", async ({ onTestFinished }) => {
    const close = frame(0x88, Buffer.from([3, 243]));
    const host = await admit(patient(wellBehaved((bytes, opcode) => (opcode === 1 ? close : bytes))), onTestFinished);
    const report = await consult(`ws://${host}`);
    expect(codes(report)).not.toContain("INTERNAL");
    expect(report).toMatchObject({ ok: true, code: "CLOSED_ON_TEXT" });
  });
});

describe.concurrent("an early frame", () => {
  it("that is held until the next one comes is told as held, not as lost", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask, behind) => {
        const early = behind;
        const held = {
          write: socket.write.bind(socket),
          end: () => void socket.end(),
          on: (event: string, hear: (chunk: Buffer) => void) => {
            let first = early;
            socket.on(event, (chunk: Buffer) => {
              hear(Buffer.concat([first, chunk]));
              first = Buffer.alloc(0);
            });
          },
        };
        wellBehaved()(held as unknown as typeof socket, ask, Buffer.alloc(0));
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(codes(report)).toContain("HEAD_HELD");
    expect(codes(report)).not.toContain("HEAD_LOST");
  });
});

describe.concurrent("a connection that ends when a valid text comes", () => {
  const onText =
    (end: (socket: Parameters<Habit>[0], ask: Parameters<Habit>[1]) => void): Habit =>
    (socket, ask) => {
      const inner = wellBehaved((bytes, opcode) => {
        if (opcode !== 1) return bytes;
        end(socket, ask);
        return Buffer.alloc(0);
      });
      inner(socket, ask, Buffer.alloc(0));
    };

  it("with FIN and no Close is warned of", async ({ onTestFinished }) => {
    const host = await admit(patient(onText((socket) => void socket.end())), onTestFinished);
    expect(await consult(`ws://${host}`)).toMatchObject({ ok: true, code: "CLOSED_ON_TEXT" });
  });

  it.each([1002, 1007])("with Close %d is warned of", async (code) => {
    const { host, stop } = await patient(
      onText((socket) => void socket.end(frame(0x88, Buffer.from([code >> 8, code & 255])))),
    );
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: true, code: "CLOSED_ON_TEXT" });
    expect(report.detail).toContain(`Close ${code}`);
  });

  it("because the far end is an HTTP server that got the payload is told so", async ({ onTestFinished }) => {
    const page = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    const host = await admit(patient(onText((socket) => void socket.end(frame(0x82, page)))), onTestFinished);
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: false, code: "CLOSED_ON_TEXT" });
    expect(report.detail).toContain("an HTTP server");
  });

  it("only where compression was agreed to fails because of it", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask) => {
        const offered = ask.header("sec-websocket-extensions") !== "";
        if (!offered) return wellBehaved()(socket, ask, Buffer.alloc(0));
        socket.write(switching(ask, { "Sec-WebSocket-Extensions": "permessage-deflate" }));
        socket.on("data", (chunk) => {
          if ((chunk[0]! & 15) === 9) socket.write(frame(0x8a, unmask(chunk)));
          if ((chunk[0]! & 15) === 1) socket.end(frame(0x88, Buffer.from([1007 >> 8, 1007 & 255])));
        });
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: false, code: "CLOSED_ON_TEXT" });
    expect(report.detail).toContain("without compression");
    expect(report.fix).toMatch(/permessage-deflate/);
  });
});

/** The payload of a short frame of a client. */
function unmask(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(6, 6 + (bytes[1]! & 127)).map((byte, i) => byte ^ bytes[2 + (i & 3)]!));
}

describe.concurrent("what the server says it did not get", () => {
  it("makes a 404 of upgrades alone a question of routing, not of the path", async ({ onTestFinished }) => {
    const page = (status: string) => answer(status, "Not Found on Accelerator", "Server: ATS/9.2.9\r\n");
    const host = await admit(
      patient((socket, ask) => socket.end(page(isUpgrade(ask) ? "404 Not Found on Accelerator" : "200 OK"))),
      onTestFinished,
    );
    const report = await consult(`ws://${host}/chat`);
    expect(report).toMatchObject({ ok: false, code: "NO_ROUTE", hop: { name: "Traffic Server" } });
    expect(report.fix).not.toContain("Correct the path");
    expect(report.snippet).toContain("map ws://");
  });

  it.each([
    ["NOT_A_HANDSHAKE", "426 Upgrade Required"],
    ["KEY_MISSING", "400 Bad Request"],
    ["VERSION_UNSUPPORTED", "426 Upgrade Required"],
    ["HOST_MISSING", "400 Bad Request"],
    ["METHOD_NOT_GET", "405 Method Not Allowed"],
  ])("and did get from us (%s) was changed on the way, not by the client", async (code, status) => {
    const { host, stop } = await patient((socket) => socket.end(answer(status, "", `onesocket-failure: ${code}\r\n`)));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: false, code });
    expect(report.detail).toContain("changed on the way");
    expect(report.fix).toMatch(/whole request|Worker/);
    expect(report.fix).not.toMatch(/Connect with a WebSocket client|Use a client/);
  });

  it.each([
    ["Varnish", "X-Varnish: 32770\r\nVia: 1.1 varnish (Varnish/7.1)\r\nServer: nginx/1.22.1\r\n"],
    ["Squid", "Via: 1.1 host (squid/5.7)\r\nServer: nginx/1.22.1\r\n"],
    ["Caddy", "Server: Caddy\r\n"],
    ["Traffic Server", "Server: ATS/9.2.9\r\n"],
    ["lighttpd", "Server: lighttpd/1.4.69\r\n"],
    ["h2o", "Server: h2o/2.2.5\r\n"],
  ])("gets no lines of nginx behind %s", async (name, headers) => {
    const { host, stop } = await patient((socket) =>
      socket.end(answer("426 Upgrade Required", "", `${headers}onesocket-failure: UPGRADE_STRIPPED\r\n`)),
    );
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ code: "UPGRADE_STRIPPED", hop: { name } });
    expect(report.snippet).not.toBeNull();
    expect(told(report)).not.toMatch(/nginx|proxy_set_header/);
  });

  it("is not said to be of no WebSocket server where one answers everybody alike", async ({ onTestFinished }) => {
    const body = "Failed to open a WebSocket connection: no such room.\n";
    const host = await admit(
      patient((socket) => socket.end(answer("404 Not Found", body))),
      onTestFinished,
    );
    expect((await consult(`ws://${host}`)).detail).not.toContain("no WebSocket server saw");
  });
});

describe.concurrent("a 101", () => {
  it("over HTTP/1.0 is warned of", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask, behind) => {
        const old = (data: string | Uint8Array) =>
          socket.write(typeof data === "string" ? data.replace("HTTP/1.1", "HTTP/1.0") : data);
        const wire = { write: old, on: socket.on.bind(socket), end: () => void socket.end() };
        wellBehaved()(wire as unknown as typeof socket, ask, behind);
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: true, code: "HTTP_1_0" });
    expect(report.fix).toContain("HTTP/1.1 101");
  });

  it("of an app that speaks HTTP/2 too is no matter of HTTP/2 when it answers 426 with its list", async ({
    onTestFinished,
  }) => {
    const host = await admit(
      patient((socket) => socket.end(answer("400 Bad Request", "no", "Upgrade: h2,h2c\r\nServer: Apache\r\n"))),
      onTestFinished,
    );
    expect((await consult(`ws://${host}`)).code).not.toBe("HTTP2_ONLY");
  });
});

describe.concurrent("silence", () => {
  it("is not blamed for what a second connection outlives", async ({ onTestFinished }) => {
    let silent = 0;
    const host = await admit(
      patient((socket, ask, behind) => {
        wellBehaved()(socket, ask, behind);
        // The first is the conversation; the second is the one that is kept silent.
        if (++silent === 2) setTimeout(() => socket.destroy(), 1300);
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`, "--idle", "1500ms", "--quick");
    expect(report).toMatchObject({ ok: true, idle: { cutAfterMs: null } });
    expect(report.detail).toContain("cut once");
  });
});

describe.concurrent("pages of the same host", () => {
  const refusing =
    (server: string): Habit =>
    (socket, ask, behind) =>
      ask.header("origin") === ""
        ? wellBehaved()(socket, ask, behind)
        : socket.end(answer("403 Forbidden", "", `Server: ${server}\r\n`));

  it.each([
    ["nginx", "nginx/1.22.1", "proxy_set_header Host $http_host;"],
    ["Caddy", "Caddy", "header_up Host {http.request.hostport}"],
    ["Apache", "Apache/2.4.71 (Debian)", "ProxyPreserveHost On"],
  ])("that are refused behind %s are warned of, with its lines", async (name, server, line) => {
    const { host, stop } = await patient(refusing(server));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: true, code: "ORIGIN_REJECTED", hop: { name } });
    expect(report.snippet).toContain(line);
  });

  it("are nobody's fault where the given Origin is let in", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask, behind) =>
        ask.header("origin") === "https://app.example.com"
          ? wellBehaved()(socket, ask, behind)
          : socket.end(answer("403 Forbidden", "", "Server: nginx\r\n")),
      ),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`, "--origin", "https://app.example.com");
    expect(report).toMatchObject({ ok: true, code: null });
  });

  it("are let in over https beside the rest", async ({ onTestFinished }) => {
    const server = createHttpsServer(TLS);
    server.on("upgrade", (_, socket) => socket.destroy());
    expect((await consult(`wss://${await admit(listen(server), onTestFinished)}`, "--insecure")).code).toBe(
      "CLOSED_BEFORE_RESPONSE",
    );
  });
});
