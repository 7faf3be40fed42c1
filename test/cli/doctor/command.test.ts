import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { type Ended, onesocket } from "../command.ts";
import { described } from "../report-faults.ts";
import { answer, type Habit, patient, wellBehaved } from "./lab.ts";

async function doctor(...args: string[]): Promise<Ended> {
  return (await onesocket(["doctor", ...args])).ended;
}

/** What the doctor says of a server with this habit. */
async function examined(habit: Habit, ...args: string[]): Promise<Ended> {
  const { host, stop } = await patient(habit);
  const ended = await doctor(`ws://${host}/chat?room=tea&token=geheimnis`, ...args);
  await stop();
  return ended;
}

describe.concurrent("onesocket doctor", () => {
  it("says that a healthy server is, and ends with 0", async () => {
    const { code, stdout, stderr } = await examined(wellBehaved());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Healthy: the WebSocket opens, echoes, answers Ping, closes cleanly\.\n/);
  });

  it("begins with the failure and its fix, then phases, experiments and evidence, and ends with 1", async () => {
    const { code, stdout, stderr } = await examined((socket) => socket.end(answer("503 Service Unavailable", "later")));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatch(/^STATUS_NOT_101: .*\nSeen: 503 Service Unavailable.*\nFix: .*\n\nPhases of /);
    expect(stdout).toMatch(
      /\n {2}fail {5}handshake.*\n[\s\S]*\nExperiments\n[\s\S]*\nEvidence\n[\s\S]*< HTTP\/1\.1 503/,
    );
  });

  it("prints one JSON document with --json", async () => {
    const { code, stdout } = await examined((socket) => socket.end(answer("404 Not Found")), "--json");
    expect(code).toBe(1);
    const report = described<DoctorReport>("doctor", JSON.parse(stdout));
    expect(report).toMatchObject({ schema: 1, ok: false, code: "NO_ROUTE", via: null, idle: null });
    expect(report.phases.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      "URL ok",
      "DNS skipped",
      "TCP ok",
      "TLS skipped",
      "handshake fail",
      "switch skipped",
      "echo skipped",
      "ping skipped",
      "close skipped",
    ]);
  });

  it.each([[[]], [["--json"]]])("prints no secret that it was given, whoever repeats it (%s)", async (flags) => {
    const secrets = [
      "--cookie",
      "sid=kekssorte",
      "--header",
      "Authorization: Bearer traegerin",
      "--header",
      "X-Key: schluessel",
    ];
    let sent = "";
    const { stdout, stderr } = await examined(
      (socket, ask) => {
        sent = ask.head;
        socket.end(answer("400 Bad Request", ask.head, `Location: /login?${ask.header("cookie")}\r\n`));
      },
      ...secrets,
      ...flags,
    );
    expect(sent).toMatch(/kekssorte[\s\S]*traegerin[\s\S]*schluessel|schluessel[\s\S]*kekssorte/);
    expect(stdout + stderr).not.toMatch(/kekssorte|traegerin|schluessel|geheimnis/);
  });

  it("sends a URL's user and password as other clients do, and prints neither", async () => {
    let authorization = "";
    const { host, stop } = await patient((socket, ask, behind) => {
      authorization ||= ask.header("authorization");
      wellBehaved()(socket, ask, behind);
    });
    const { stdout } = await doctor(`ws://ada:geheimnis@${host}/`);
    await stop();
    expect(authorization).toBe(`Basic ${btoa("ada:geheimnis")}`);
    expect(stdout).not.toMatch(/geheimnis|ada:|YWRh/);
  });

  it("has no colours where no terminal is", async () => {
    const { stdout } = await examined(wellBehaved(), "--quick");
    expect(stdout).not.toContain("\u001b");
  });

  it("lets nothing that a server sends command the terminal", async () => {
    const { stdout } = await examined((socket) =>
      socket.end(answer("500 \u001b[2J", "\u001b[31mred\u0007", "Server: \u001b[2J\r\n")),
    );
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("makes no experiments on a healthy server with --quick", async () => {
    const { stdout } = await examined(wellBehaved(), "--quick", "--json");
    expect(described("doctor", JSON.parse(stdout))).toMatchObject({ ok: true, experiments: [], connections: 1 });
  });

  it("prints its usage", async () => {
    const { code, stdout } = await doctor("--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: onesocket doctor <url>/);
  });

  it.each([
    [[], "takes one URL"],
    [["ws://a", "ws://b"], "takes one URL"],
    [["ftp://a"], "no ws:"],
    [["ws://a:b:c"], "no URL"],
    [["ws://a", "--idle", "soon"], "no time"],
    [["ws://a", "--header", "nonsense"], "Name: value"],
    [["ws://a", "--header", "Upgrade: h2c"], "the doctor's own"],
    [["ws://a", "--header", "X: a\nb"], "no header may have"],
    [["ws://a", "--protocol", "a b"], "no token"],
    [["ws://a", "--frobnicate"], "frobnicate"],
  ])("ends with 2 and one sentence for %j", async (args, sentence) => {
    const { code, stdout, stderr } = await doctor(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("quotes no password of a URL that makes no sense", async () => {
    expect((await doctor("ws://ada:geheimnis@[")).stderr).not.toContain("geheimnis");
  });
});
