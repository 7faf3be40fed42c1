import type { Socket } from "node:net";
import { answer, frame, type Habit, patient, switching } from "../../cli/doctor/lab.ts";
import type { Driven } from "../../helpers/browsers/index.ts";
import { closing, ending, type Question, type Site } from "./questions.ts";

/** The same in all three. */
function alike(answered: string): Question["answers"] {
  return [answered, answered, answered];
}

/** What becomes of a socket at a server of this habit, and how often that was asked. */
async function at(habit: Habit, browser: Driven, protocols?: readonly string[]): Promise<string> {
  const server = await patient(habit);
  const seen = await ending(browser, `ws://${server.host}/`, protocols);
  await server.stop();
  return seen;
}

/** What a page is told of a Close with this code, and what is answered. */
async function closedWith(code: number, browser: Driven): Promise<string> {
  let answered = "";
  const server = await patient((socket: Socket, ask) => {
    socket.on("data", (bytes: Buffer) => {
      // Close, masked: its code is behind the key.
      if (bytes[0] === 0x88) answered = `${(bytes.readUInt16BE(6) ^ bytes.readUInt16BE(2)).toString()}`;
      socket.end();
    });
    socket.write(switching(ask));
    setTimeout(() => socket.write(frame(0x88, Buffer.of(code >> 8, code & 255))), 100);
  });
  const seen = await ending(browser, `ws://${server.host}/`);
  await server.stop();
  return seen === answered ? seen : `${seen}, and answers ${answered}`;
}

/** What a page's socket that is closed so tells the server. */
function asks(code: number | undefined, reason: string | undefined): Question["ask"] {
  return async (browser, site) => {
    const accepted = site.next();
    const thrown = await closing(browser, site.host, code, reason);
    const closed = await (await accepted).closed;
    if (thrown !== "sent") return thrown;
    return closed.code === 1005 ? "no code, and no reason" : `${closed.code}, and a reason of ${closed.reason.length}`;
  };
}

/** How long a page waits for the answer to its Close, in seconds. */
export async function closeUnanswered(browser: Driven): Promise<string> {
  const server = await patient((socket, ask) => void socket.write(switching(ask)));
  const seconds = await browser.evaluate(async (url) => {
    const ws = new WebSocket(url);
    await new Promise((resolve) => ws.addEventListener("open", resolve));
    const begun = performance.now();
    ws.close();
    const still = new Promise((resolve) => setTimeout(resolve, 24_000, false));
    const ended = await Promise.race([
      new Promise((resolve) => ws.addEventListener("close", () => resolve(true))),
      still,
    ]);
    return ended ? (performance.now() - begun) / 1_000 : Number.POSITIVE_INFINITY;
  }, `ws://${server.host}/`);
  await server.stop();
  // JSON has no infinity.
  return seconds === null || seconds > 29
    ? "still waits after 24 s"
    : seconds > 15
      ? "1006 after 20 s"
      : "1006 after 5 s";
}

/** A second handshake to this address and port, "" for those of the first one, which has no answer. */
async function behindOne(browser: Driven, address = ""): Promise<string> {
  const habit: Habit = (socket, ask) => void (ask.line.startsWith("GET /well") && socket.write(switching(ask)));
  const first = await patient(habit);
  const second = address ? await patient(habit, address) : first;
  const seen = await browser.evaluate(
    ([silent, other]) => {
      const hangs = new WebSocket(`ws://${silent}/hangs`);
      const well = new WebSocket(`ws://${other}/well`);
      return new Promise<string>((resolve) => {
        let freed = false;
        well.onopen = () => {
          well.close();
          hangs.close();
          resolve(freed ? "waits for the first one's end" : "opens");
        };
        setTimeout(() => {
          freed = true;
          hangs.close();
        }, 1_500);
      });
    },
    [first.host, second.host] as const,
  );
  await first.stop();
  if (second !== first) await second.stop();
  return seen;
}

/** How many of 300 sockets to one server are open at a time, and what becomes of the others. */
async function many(browser: Driven, host: string): Promise<string> {
  return browser.evaluate(async (url) => {
    const sockets = Array.from({ length: 300 }, () => new WebSocket(url));
    let failed = 0;
    const settled = sockets.map(
      (ws) =>
        new Promise<void>((resolve) => {
          ws.addEventListener("open", () => resolve());
          ws.addEventListener("close", () => resolve(void failed++));
        }),
    );
    // That the others wait is no event.
    await Promise.race([Promise.all(settled), new Promise((resolve) => setTimeout(resolve, 8_000))]);
    const open = sockets.filter(({ readyState }) => readyState === 1).length;
    for (const ws of sockets) ws.close();
    if (failed) return `${open}, the others fail`;
    // WebKitGTK 2.50 opens now one, now two fewer than 200, in a browser that has just begun too.
    return open === 198 || open === 199 ? "198 or 199, the others wait" : `${open}, the others wait`;
  }, `ws://${host}/`);
}

/** How the waits grow that a browser adds by itself to handshakes which fail. */
async function again(browser: Driven): Promise<string> {
  const server = await patient((socket) => void socket.end(answer("503 Service Unavailable")));
  const grows = await browser.evaluate(async (url) => {
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const begun = performance.now();
      const ws = new WebSocket(url);
      await new Promise((resolve) => ws.addEventListener("close", resolve));
      waits.push(performance.now() - begun);
    }
    return waits.slice(1).every((ms) => ms > 150) && waits[6]! > 1_000;
  }, `ws://${server.host}/`);
  await server.stop();
  return grows ? "only after a wait of its own" : "at once";
}

/** What becomes of a socket whose handshake is redirected to a server that takes it. */
async function redirected(browser: Driven, site: Site): Promise<string> {
  const accepted = site.next();
  const headers = `Location: http://${site.host}/\r\n`;
  const seen = await at((socket) => void socket.end(answer("302 Found", "", headers)), browser);
  if (seen !== "opens") return seen;
  await accepted;
  return "follows it, and opens there";
}

async function blob(browser: Driven, site: Site): Promise<string> {
  const accepted = site.next();
  await browser.evaluate(async (url) => {
    const ws = new WebSocket(url);
    await new Promise((resolve) => ws.addEventListener("open", resolve));
    ws.send(new Blob(["x"]));
    ws.close();
  }, `ws://${site.host}/`);
  const { texts, closed } = await accepted;
  await closed;
  return texts.length > 0 ? "arrives" : "the Blob is lost";
}

export const QUESTIONS: readonly Question[] = [
  {
    about: "offers",
    ask: async (browser, site) => {
      const accepted = site.next();
      await closing(browser, site.host);
      return `\`${(await accepted).offered}\``;
    },
    answers: [
      "`permessage-deflate; client_max_window_bits`",
      "`permessage-deflate`",
      "`permessage-deflate; client_max_window_bits`",
    ],
  },
  { about: "`send(blob)`, then `close()`", ask: blob, answers: ["arrives", "arrives", "the Blob is lost"] },
  {
    about: "`close(undefined, reason)`",
    ask: asks(undefined, "why"),
    answers: ["InvalidAccessError", "no code, and no reason", "no code, and no reason"],
  },
  { about: "`close(1001)`, `close(1012)`", ask: asks(1012, undefined), answers: alike("InvalidAccessError") },
  { about: "`close` with a reason of 124 bytes", ask: asks(1000, "x".repeat(124)), answers: alike("SyntaxError") },
  {
    about: "a Close with 1012, 1013 or 1014",
    ask: async (browser) => {
      const seen = await Promise.all([1012, 1013, 1014].map((code) => closedWith(code, browser)));
      return new Set(seen).size === 1 ? seen[0]! : seen.join() === "1012,1013,1014" ? "the code" : seen.join();
    },
    answers: ["the code", "the code", "1006, and answers 1002"],
  },
  {
    about: "a redirect",
    ask: redirected,
    answers: ["1006", "1006", "follows it, and opens there"],
  },
  {
    about: "a subprotocol that it did not offer",
    ask: (browser) =>
      at((socket, ask) => void socket.write(switching(ask, { "Sec-WebSocket-Protocol": "x" })), browser),
    answers: ["1006", "opens", "1006"],
  },
  {
    about: "none of the subprotocols that it offered",
    ask: (browser) => at((socket, ask) => void socket.write(switching(ask)), browser, ["a", "b"]),
    answers: ["1006", "opens", "opens"],
  },
  {
    about: "a second handshake to a host, while one has no answer",
    ask: (browser) => behindOne(browser),
    answers: ["waits for the first one's end", "waits for the first one's end", "opens"],
  },
  {
    about: "a handshake to another port of it meanwhile",
    ask: (browser) => behindOne(browser, "127.0.0.1"),
    answers: ["opens", "waits for the first one's end", "opens"],
  },
  {
    about: "a handshake to another address meanwhile",
    ask: (browser) => behindOne(browser, "127.0.0.2"),
    answers: alike("opens"),
  },
  {
    about: "a handshake to a host that failed before",
    ask: again,
    answers: ["at once", "only after a wait of its own", "at once"],
  },
  {
    about: "a Close that the server doesn't answer",
    ask: closeUnanswered,
    answers: ["still waits after 24 s", "1006 after 20 s", "1006 after 5 s"],
  },
  {
    about: "300 sockets to one server",
    ask: (browser, site) => many(browser, site.host),
    answers: ["255, the others fail", "200, the others fail", "198 or 199, the others wait"],
  },
];
