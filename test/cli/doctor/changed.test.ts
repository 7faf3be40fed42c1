import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { admit } from "./admit.ts";
import { answer, consult, patient } from "./lab.ts";

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

  it("is not said to be of no WebSocket server where one answers everybody alike", async ({ onTestFinished }) => {
    const body = "Failed to open a WebSocket connection: no such room.\n";
    const host = await admit(
      patient((socket) => socket.end(answer("404 Not Found", body))),
      onTestFinished,
    );
    expect((await consult(`ws://${host}`)).detail).not.toContain("no WebSocket server saw");
  });
});
