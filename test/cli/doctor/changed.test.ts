import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { admit } from "./admit.ts";
import { answer, consult, patient, switching, wellBehaved } from "./lab.ts";

function isUpgrade({ head }: { readonly head: string }): boolean {
  return /^upgrade:/im.test(head);
}

/** What is said to a person: the verdict and its lines. */
function told({ detail, fix, snippet, hop }: DoctorReport): string {
  return [detail, fix, snippet, hop?.name].join("\n");
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

  it.each([
    ["METHOD_NOT_GET", "405 Method Not Allowed", "Invalid HTTP method"],
    ["VERSION_UNSUPPORTED", "400 Bad Request", "Missing or invalid Sec-WebSocket-Version header"],
  ])("is told in the words of ws, too: %s", async (code, status, body) => {
    const { host, stop } = await patient((socket) => socket.end(answer(status, body, "Server: nginx/1.22.1\r\n")));
    const report = await consult(`ws://${host}`);
    await stop();
    expect(report).toMatchObject({ ok: false, code, snippet: null });
    expect(report.detail).toMatch(/in the words of ws; .* changed on the way/);
  });

  it("is another status than 101 where the answer has the Accept of our key", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket, ask) =>
        socket.end(switching(ask).replace(/^.*/, "HTTP/1.1 418 ").replace("Connection: Upgrade", "Connection: close")),
      ),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ code: "STATUS_NOT_101", snippet: null });
    expect(report.detail).toMatch(/^418, with the Sec-WebSocket-Accept of our key: it is a 101 in all but its status/);
    expect(report.fix).toMatch(/error_page/);
  });

  it("is one of several servers behind a gateway where a handshake that is repeated opens", async ({
    onTestFinished,
  }) => {
    let count = 0;
    const host = await admit(
      patient((socket, ask, behind) => {
        if (count++ === 0) socket.end(answer("502 Bad Gateway", "", "Server: nginx/1.22.1\r\n"));
        else wellBehaved()(socket, ask, behind);
      }),
      onTestFinished,
    );
    const report = await consult(`ws://${host}`);
    expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101" });
    expect(report.detail).toMatch(/^502 at first, and the very same handshake is let in when it is repeated/);
  });

  it("leaves it open whether a path is wrong, or a proxy drops the upgrade", async ({ onTestFinished }) => {
    const host = await admit(
      patient((socket) => socket.end(answer("404 Not Found", "Not Found", "Server: nginx/1.22.1\r\n"))),
      onTestFinished,
    );
    const report = await consult(`ws://${host}/ws`);
    expect(report).toMatchObject({ code: "NO_ROUTE", hop: { name: "nginx" } });
    expect(report.fix).toMatch(/^Let nginx pass the upgrade on.* correct the path/);
    expect(report.snippet).toContain("proxy_set_header Upgrade");
  });

  it.each(["429 Too Many Requests", "431 Request Header Fields Too Large", "418 I'm a teapot"])(
    "gets no lines for upgrades where the status has nothing to do with them: %s",
    async (status) => {
      const { host, stop } = await patient((socket) => socket.end(answer(status, "", "Server: nginx/1.22.1\r\n")));
      const report = await consult(`ws://${host}`);
      await stop();
      expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101", hop: { name: "nginx" }, snippet: null });
    },
  );

  it("is not said to be of no WebSocket server where one answers everybody alike", async ({ onTestFinished }) => {
    const body = "Failed to open a WebSocket connection: no such room.\n";
    const host = await admit(
      patient((socket) => socket.end(answer("404 Not Found", body))),
      onTestFinished,
    );
    expect((await consult(`ws://${host}`)).detail).not.toContain("no WebSocket server saw");
  });
});
