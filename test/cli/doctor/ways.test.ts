import { createServer as createHttpsServer } from "node:https";
import { describe, expect, it } from "vitest";
import { admit } from "./admit.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { answer, consult, type Habit, listen, patient, wellBehaved } from "./lab.ts";

const TLS = { cert: CERTIFICATE, key: KEY };

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
