import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { admit } from "./admit.ts";
import { answer, consult, frame, type Habit, patient, switching, wellBehaved } from "./lab.ts";

function codes({ findings }: DoctorReport): readonly string[] {
  return findings.map(({ code }) => code);
}

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

  it.each([
    ["unexpected response", /^Ask the server behind the proxy itself/],
    ["connect ECONNREFUSED 127.0.0.1:9", /^Start the server behind the proxy/],
  ])("of @fastify/http-proxy 11.6.3 (%s) is about the server behind it", async (reason, fix) => {
    const close = frame(0x88, Buffer.concat([Buffer.from([3, 243]), Buffer.from(reason)]));
    const { host, stop } = await patient(
      (socket, ask) => void socket.write(Buffer.concat([Buffer.from(switching(ask)), close])),
    );
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ code: "CLOSED_BY_SERVER", fix: expect.stringMatching(fix) });
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

describe.concurrent("a Close that calls our Ping broken", () => {
  it.each([1002, 1007])("(%d) is no matter of silence, but of what reads or changes frames", async (code) => {
    const close = Buffer.of(0x88, 2, code >> 8, code & 255);
    const { host, stop } = await patient(wellBehaved((bytes, opcode) => (opcode === 10 ? close : bytes)));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: true, code: "CLOSED_BY_SERVER" });
    expect(report.detail).toMatch(/^Close \d{4} when it got our Ping, which was a valid frame/);
  });

  it("and any other Close stays a question of whether Pings are answered", async ({ onTestFinished }) => {
    const close = Buffer.of(0x88, 2, 0x03, 0xe8);
    const host = await admit(patient(wellBehaved((bytes, opcode) => (opcode === 10 ? close : bytes))), onTestFinished);
    expect(await consult(`ws://${host}`)).toMatchObject({ ok: true, code: "PING_TIMEOUT" });
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
