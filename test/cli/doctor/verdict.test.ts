import { createServer as createHttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { admit } from "./admit.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import {
  answer,
  consult,
  type Habit,
  listen,
  type Patient,
  patient,
  rawPatient,
  tlsPatient,
  wellBehaved,
} from "./lab.ts";

const TLS = { cert: CERTIFICATE, key: KEY };

function isUpgrade({ head }: { readonly head: string }): boolean {
  return /^upgrade:/im.test(head);
}

/** Leaves upgrades unanswered, and answers every other request. */
const DEAF: Habit = (socket, ask) => {
  if (!isUpgrade(ask)) socket.end(answer("200 OK", "hello"));
};

/** One port that takes TLS by its first byte, and leaves plain HTTP to another habit. */
async function both(secured: Habit, plain: (socket: Socket, first: Buffer) => void): Promise<Patient> {
  const inner = await tlsPatient(secured);
  const outer = await rawPatient((socket) => {
    socket.once("data", (first) => (first[0] === 0x16 ? pass(socket, first, inner.host) : plain(socket, first)));
  });
  const stop = async () => {
    await outer.stop();
    await inner.stop();
  };
  return { host: outer.host, stop };
}

/** Passes a connection on to another port, with what was read of it. */
function pass(socket: Socket, first: Buffer, host: string): void {
  const through = connect(Number(host.split(":")[1]), "127.0.0.1");
  through.on("error", () => {}).on("close", () => socket.destroy());
  socket.on("close", () => through.destroy());
  through.write(first);
  socket.pipe(through).pipe(socket);
}

function codes({ findings }: DoctorReport): readonly string[] {
  return findings.map(({ code }) => code);
}

describe.concurrent("an upgrade that is merely never answered", () => {
  it("over TLS is no plain port, though the port explains itself in plain HTTP", async ({ onTestFinished }) => {
    const host = await admit(
      both(DEAF, (socket) => socket.end(answer("400 Bad Request", "plain HTTP on an HTTPS port"))),
      onTestFinished,
    );
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "1500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("over TLS is not HTTP/2 alone, where HTTP/1.1 is spoken too", async ({ onTestFinished }) => {
    const server = createSecureServer({ ...TLS, allowHTTP1: true }, (_, response) => response.end("hello"));
    server.on("upgrade", () => {}).on("sessionError", () => {});
    const host = await admit(listen(server), onTestFinished);
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "1500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("over TLS is neither, where no request is answered but HTTP/1.1 was agreed to", async ({ onTestFinished }) => {
    const server = createSecureServer({ ...TLS, allowHTTP1: true }, () => {});
    server.on("upgrade", () => {}).on("sessionError", () => {});
    const host = await admit(listen(server), onTestFinished);
    const report = await consult(`wss://${host}`, "--insecure", "--timeout", "1500ms");
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_TIMEOUT" });
  });

  it("in plain is no TLS port, where both are spoken", async ({ onTestFinished }) => {
    const server = createHttpServer((_, response) => response.end("hello")).on("upgrade", () => {});
    const inner = await admit(listen(server), onTestFinished);
    const host = await admit(
      both(DEAF, (socket, first) => pass(socket, first, inner)),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`, "--timeout", "1500ms");
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
    const report = await consult(`ws://${host}`, "--timeout", "1500ms");
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
      // 503 may be about one handshake alone: the usual one is tried once more.
      expect(count).toBe(status.startsWith("429") ? 6 : 7);
    },
  );

  it("is none, where one odd handshake alone gets 503", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask, behind) =>
        ask.header("connection").includes("keep-alive")
          ? socket.end(answer("503 Service Unavailable"))
          : wellBehaved()(socket, ask, behind),
      ),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report.detail).not.toContain("limits the rate");
    expect(codes(report)).toContain("ORIGIN_UNCHECKED");
  });

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
