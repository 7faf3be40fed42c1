import { afterEach, describe, expect, it } from "vitest";
import { connect, type Status } from "../../src/client/index.ts";
import { answer, type Habit, type Patient, patient, rawPatient } from "../cli/doctor/lab.ts";
import { freePort } from "../helpers/programs.ts";
import { reaching } from "./peer.ts";

const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

/** Why a client of Node, which is told nothing of a refused handshake, says that there is no connection. */
async function asked(started: Promise<Patient>, path = "/", openMs = 20_000): Promise<NonNullable<Status["failure"]>> {
  const server = await started;
  open.push(server);
  const socket = connect(`ws://${server.host}${path}`, { openMs });
  open.push({ stop: () => socket.close() });
  return (await reaching(socket, ({ state }) => state === "waiting" || state === "closed")).failure!;
}

function says(status: string, body = "", headers = ""): Habit {
  return (socket) => void socket.end(answer(status, body, headers));
}

/** Answers handshakes in one way, and plain requests in another. */
function apart(handshake: Habit, plain: Habit): Habit {
  return (socket, ask, behind) => (ask.header("upgrade") ? handshake : plain)(socket, ask, behind);
}

const HTML = "Content-Type: text/html; charset=utf-8\r\n";

describe("why there is no connection", () => {
  it.each([
    ["401 Unauthorized", "", "AUTH_REQUIRED"],
    ["403 Forbidden", "", "FORBIDDEN"],
    ["404 Not Found", "", "NO_ROUTE"],
    ["200 OK", HTML, "HTML_FALLBACK"],
    ["301 Moved Permanently", "Location: https://elsewhere.example/\r\n", "REDIRECTED"],
    ["502 Bad Gateway", HTML, "STATUS_NOT_101"],
    ["200 OK", "", undefined],
    ["426 Upgrade Required", "", undefined],
  ])("is likely, and no more than that, what a plain request is answered: %s %s", async (status, headers, likely) => {
    const failure = await asked(patient(says(status, "x", headers)));
    expect(failure).toMatchObject({ code: "NOT_TOLD", status: Number(status.slice(0, 3)), likely });
  });

  it("is never taken from a page that is served beside a socket which refuses", async () => {
    const failure = await asked(patient(apart(says("401 Unauthorized"), says("200 OK", "<html>", HTML))));
    expect(failure).toMatchObject({ code: "NOT_TOLD", status: 200 });
  });

  it("is what a server of ours says of itself, in its words", async () => {
    const told = JSON.stringify({ code: "DRAINING", cause: "It shuts down.", fix: "Wait." });
    const headers = "onesocket-failure: DRAINING\r\nRetry-After: 7\r\nContent-Type: application/json\r\n";
    const failure = await asked(patient(says("503 Service Unavailable", told, headers)));
    expect(failure).toEqual({
      code: "DRAINING",
      cause: "It shuts down.",
      fix: "Wait.",
      status: 503,
      retryAfterMs: 7_000,
    });
  });

  it("has words of its own where the server has none", async () => {
    const failure = await asked(patient(says("503 x", "no JSON", "onesocket-failure: OVERLOADED\r\n")));
    expect(failure).toMatchObject({ code: "OVERLOADED", fix: "npx onesocket explain OVERLOADED" });
  });

  it("is not told by a server of ours that would not refuse by itself", async () => {
    const failure = await asked(patient(says("426 x", "", "onesocket-failure: NOT_A_HANDSHAKE\r\n")));
    expect(failure).toMatchObject({ code: "NOT_TOLD" });
    expect(failure.likely).toBeUndefined();
  });

  it("is that plain HTTP fails too", async () => {
    expect((await asked(rawPatient((socket) => socket.end()))).code).toBe("HTTP_FAILS_TOO");
    expect((await asked(rawPatient((socket) => socket.end("SSH-2.0-x\r\n")))).code).toBe("HTTP_FAILS_TOO");
    const nobody = { host: `127.0.0.1:${await freePort()}`, stop: async () => {} };
    expect((await asked(Promise.resolve(nobody))).code).toBe("HTTP_FAILS_TOO");
  });

  it("is not told where nothing is said in time: the server may answer other things", async () => {
    expect(
      (
        await asked(
          patient(() => {}),
          "/",
          1_000,
        )
      ).code,
    ).toBe("NOT_TOLD");
    expect((await asked(patient(apart(says("401 x"), () => {})), "/", 1_000)).code).toBe("NOT_TOLD");
  });

  it("is not told where the URL has a name and a password, which no plain request may have", async () => {
    const server = await patient(says("403 Forbidden"));
    open.push(server);
    const socket = connect(`ws://ada:secret@${server.host}/`);
    open.push({ stop: () => socket.close() });
    expect((await reaching(socket, "waiting")).failure).toMatchObject({ code: "NOT_TOLD" });
  });

  it("holds for an answer that never ends", async () => {
    const endless: Habit = (socket) => void socket.write("HTTP/1.1 401 x\r\nContent-Length: 1000000\r\n\r\nx");
    expect(await asked(patient(endless))).toMatchObject({ code: "NOT_TOLD", likely: "AUTH_REQUIRED" });
  });

  it("is asked once for each attempt, by a GET that follows nothing", async () => {
    const lines: string[] = [];
    const counting: Habit = (socket, ask, behind) => {
      lines.push(ask.line);
      says("302 Found", "", "Location: /elsewhere\r\n")(socket, ask, behind);
    };
    await asked(patient(counting), "/room?a=1");
    expect(lines).toEqual(["GET /room?a=1 HTTP/1.1", "GET /room?a=1 HTTP/1.1"]);
  });

  it("is not asked where that is not wanted", async () => {
    let requests = 0;
    const server = await patient((socket) => {
      requests++;
      socket.end(answer("403 x"));
    });
    open.push(server);
    const socket = connect(`ws://${server.host}/`, { probe: false });
    open.push({ stop: () => socket.close() });
    expect((await reaching(socket, "waiting")).failure).toMatchObject({ code: "NOT_TOLD" });
    expect(requests).toBe(1);
  });

  it("is left in peace for as long as Retry-After says, by seconds or by a date, within bounds", async () => {
    const soon = new Date(Date.now() + 3_600_000).toUTCString();
    for (const [value, ms] of [
      ["2", 2_000],
      ["99999", 600_000],
      [soon, 600_000],
      ["x", 0],
    ] as const) {
      const failure = await asked(patient(says("429 x", "", `Retry-After: ${value}\r\n`)));
      expect([value, failure.retryAfterMs]).toEqual([value, ms]);
    }
  });

  it("decides how long a server is left in peace: one that refuses for long, another for as long as it asks", async () => {
    const backoff = { firstMs: 1, longestMs: 1e6 };
    for (const [habit, atLeastMs] of [
      [says("401 x"), 500_000],
      [says("403 x"), 500_000],
      [says("503 x", "", "Retry-After: 60\r\n"), 60_000],
      [says("500 x"), 0],
    ] as const) {
      const server = await patient(habit);
      open.push(server);
      const socket = connect(`ws://${server.host}/`, { backoff });
      open.push({ stop: () => socket.close() });
      const { retryAt = 0 } = await reaching(socket, "waiting");
      // A second for what the machine does meanwhile.
      expect(retryAt - Date.now()).toBeGreaterThan(atLeastMs - 1_000);
      if (atLeastMs === 0) expect(retryAt - Date.now()).toBeLessThan(60_000);
    }
  });

  it("may be what is to be connected with, of which neither the URL nor the token is told", async () => {
    const failing = async (...args: Parameters<typeof connect>) => {
      const socket = connect(...args);
      open.push({ stop: () => socket.close() });
      return reaching(socket, ({ state }) => state === "waiting" || state === "closed");
    };
    const error = new Error("no session");
    const url = "ws://127.0.0.1:1/?ticket=secret";
    expect((await failing(() => Promise.reject(error))).failure).toMatchObject({ code: "OPTION_FAILED", error });
    expect((await failing(url, { token: () => new Promise(() => {}), openMs: 10 })).failure?.code).toBe(
      "OPTION_FAILED",
    );
    for (const status of [
      await failing(url, { token: "not a token" }),
      await failing(url, { protocols: ["a", "a"] }),
      await failing(() => "secret://x"),
      await failing(() => "secret"),
    ]) {
      expect(status.failure?.code).toBe("BAD_URL");
      expect(JSON.stringify(status)).not.toMatch(/secret|not a token/);
    }
    expect((await failing(url, { token: "not a token" })).state).toBe("closed");
    expect(JSON.stringify(await failing(url))).not.toContain("secret");
  });
});
