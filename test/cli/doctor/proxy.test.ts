import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort } from "../../helpers/foreground.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { startSquid } from "../../helpers/squid.ts";
import { onesocket } from "../command.ts";
import { answer, consult, type Habit, patient, tlsPatient, wellBehaved } from "./lab.ts";

/** A forward proxy that connects whoever may pass. */
function forwarding(may: (authorization: string) => boolean = () => true): Habit {
  return (socket, ask, behind) => {
    const [, method, host, port] = /^(\w+) ([^:]+):(\d+) /.exec(ask.line) ?? [];
    if (method !== "CONNECT") return void socket.end(answer("405 Method Not Allowed"));
    if (!may(ask.header("proxy-authorization")))
      return void socket.end(
        answer("407 Proxy Authentication Required", "", 'Proxy-Authenticate: Basic realm="x"\r\n'),
      );
    const server = connect(Number(port), host);
    server.on("error", () => socket.end(answer("502 Bad Gateway"))).on("close", () => socket.destroy());
    socket.on("close", () => server.destroy());
    server.once("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      server.write(behind);
      socket.pipe(server).pipe(socket);
    });
  };
}

describe.concurrent("--proxy", () => {
  it("makes every connection through the proxy, in plain and in TLS", async ({ onTestFinished }) => {
    let count = 0;
    const proxy = await patient((...said) => {
      count++;
      forwarding()(...said);
    });
    const [plain, secured] = await Promise.all([patient(wellBehaved()), tlsPatient(wellBehaved())]);
    for (const { stop } of [proxy, plain, secured]) onTestFinished(stop);
    const report = await consult(`ws://${plain.host}`, "--proxy", proxy.host);
    expect(report).toMatchObject({ ok: true, code: null, connections: count });
    const inTls = await consult(`wss://${secured.host}`, "--insecure", "--quick", "--proxy", `http://${proxy.host}`);
    expect(inTls).toMatchObject({ ok: true, code: "CERT_INVALID" });
    expect(inTls.phases.find(({ name }) => name === "TCP")?.detail).toContain(`through the proxy ${proxy.host}`);
  });

  it("names the proxy's 407, and goes on with its credentials, which are printed nowhere", async ({
    onTestFinished,
  }) => {
    const proxy = await patient(forwarding((given) => given === `Basic ${btoa("ada:geheimnis")}`));
    const server = await patient(wellBehaved());
    for (const { stop } of [proxy, server]) onTestFinished(stop);
    const refused = await consult(`ws://${server.host}`, "--proxy", `http://${proxy.host}`);
    expect(refused).toMatchObject({ ok: false, code: "PROXY_AUTH_REQUIRED", connections: 1 });
    expect(refused.detail).toContain("407");
    const { ended } = await onesocket([
      "doctor",
      `ws://${server.host}`,
      "--proxy",
      `http://ada:geheimnis@${proxy.host}`,
    ]);
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toMatch(/geheimnis|YWRh/);
  });

  it.each([
    ["403 Forbidden", "Let it allow CONNECT"],
    ["503 Service Unavailable", "resolve and reach"],
  ])("names the proxy's %s as the proxy's", async (status, fix) => {
    const proxy = await patient((socket) => socket.end(answer(status, "", "Via: 1.1 x (squid/5.7)\r\n")));
    const report = await consult("ws://app.invalid:8080", "--proxy", `http://${proxy.host}`);
    await proxy.stop();
    expect(report).toMatchObject({ ok: false, code: "PROXY_REFUSED" });
    expect(report.detail).toMatch(/CONNECT app\.invalid:8080 gets \d{3}.*squid/);
    expect(report.fix).toContain(fix);
  });

  it("tells a proxy that is not there from a server that is not", async () => {
    const report = await consult("ws://app.invalid", "--proxy", `http://127.0.0.1:${await freePort()}`);
    expect(report).toMatchObject({ ok: false, code: "TCP_REFUSED" });
  });

  it("names what is no HTTP proxy", async () => {
    const proxy = await patient((socket) => socket.end("SSH-2.0-x\r\n"));
    const report = await consult("ws://app.invalid", "--proxy", `http://${proxy.host}`);
    await proxy.stop();
    expect(report).toMatchObject({ ok: false, code: "PROXY_REFUSED" });
  });
});

describeNeeding({ command: "squid", debianPackage: "squid" }, "--proxy with Squid", () => {
  it("is refused with 403 on ports that its rules leave out, and works where they let it", async () => {
    const server = await patient(wellBehaved());
    const rules = (safe: string) => `acl safe port ${safe}\nhttp_access deny CONNECT !safe\nhttp_access allow all\n`;
    const codes = [];
    for (const safe of ["443", server.host.split(":")[1]!]) {
      const port = await freePort();
      const squid = await startSquid(`http_port 127.0.0.1:${port}\n${rules(safe)}`, port);
      const { ok, code, detail } = await consult(`ws://${server.host}`, "--quick", "--proxy", `127.0.0.1:${port}`);
      await squid.stop();
      codes.push({ ok, code, squid: /squid/.test(detail) });
    }
    await server.stop();
    expect(codes).toEqual([
      { ok: false, code: "PROXY_REFUSED", squid: true },
      { ok: true, code: null, squid: false },
    ]);
  });
});
