import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onesocket } from "onesocket/vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type ChildServer, startChild } from "../../helpers/child.ts";
import { Client } from "../../helpers/client.ts";
import { header, RawClient } from "../../helpers/raw.ts";

const root = join(import.meta.dirname, "../../..");
/** Inside the checkout, so that a program finds `onesocket` by its name. */
const folder = join(root, ".snippets", `vite-${process.pid}`);

const chat = (says: string) => `
  import { defineSocket } from "onesocket";

  export const chat = defineSocket({
    name: "chat",
    message(socket, data) {
      if (data === "throw") throw new Error("thrown in line 8");
      socket.send("${says}: " + data);
    },
  });`;

const APP = `
  import { Hono } from "hono";
  import { rooms } from "onesocket";
  import { upgrade } from "onesocket/hono";
  import { chat } from "./chat.ts";

  export default new Hono()
    .get("/chat", (c) => upgrade(c, chat, { room: "lobby" }))
    .get("/page", (c) => c.html("a page"))
    .get("/tell", async (c) => {
      await rooms(chat).get("lobby").send("from a page");
      return c.text("told");
    });`;

const PAGE = 'document.body.textContent = "one page";';

function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Saves a file until something happens: Vite (8.3.8) does not hear of a change within 50 ms of another one. */
async function save<T>(name: string, text: string, happens: Promise<T>): Promise<T> {
  write(name, text);
  const again = setInterval(() => write(name, text), 300);
  return happens.finally(() => clearInterval(again));
}

let child: ChildServer;
let isOver = false;
/** Of the server that a definition is served on. */
let other = "";

beforeAll(async () => {
  write("app/src/app.ts", APP);
  write("app/src/chat.ts", chat("one"));
  write("app/page.js", PAGE);
  write("definition/chat.ts", chat("in the middle"));
  child = await startChild(process.execPath, ["--conditions=onesocket-source", "test/hosts/vite.ts", folder]);
  other = child.logs.find((line) => line.startsWith("definition "))!.slice("definition ".length);
});

afterAll(async () => {
  if (!isOver) await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Vite's own WebSocket, as its client opens it. */
async function reloads(): Promise<{
  next: (type: string) => Promise<{ err?: { message: string; stack: string } }>;
  end(): void;
}> {
  const client = await Client.connect(child.url, { protocols: ["vite-hmr"] });
  const next = async (type: string) => {
    for (;;) {
      const message = await client.json();
      if (message.type === type) return message;
    }
  };
  await next("connected");
  return { next, end: () => client.vanish() };
}

/** What a socket is answered that is opened now. */
async function ask(text: string, url = child.url): Promise<string> {
  const client = await Client.connect(`${url}/chat`);
  client.send(text);
  const answer = await client.next();
  client.vanish();
  return String(answer);
}

/** Resolves when a question is answered so, at last. */
async function eventually(question: () => Promise<string>, answer: string): Promise<void> {
  await expect.poll(() => question().catch(String)).toBe(answer);
}

/** The status, code and body that answer a handshake. */
async function refusal(headers: Record<string, string | null> = {}, path = "/chat"): Promise<string> {
  const client = await RawClient.connect(child.url);
  client.handshake({ path, headers });
  const answer = await client.response();
  client.end();
  return `${answer.status} ${header(answer, "onesocket-failure") ?? answer.body}`.trim();
}

describe("an app under Vite's development server", () => {
  it("has its sockets, and one room with its pages", async () => {
    const client = await Client.connect(`${child.url}/chat`);
    client.send("hello");
    expect(await client.next()).toBe("one: hello");
    expect(await (await fetch(`${child.url}/tell`)).text()).toBe("told");
    expect(await client.next()).toBe("from a page");
    client.vanish();
  });

  it("leaves Vite its own sockets, whatever they ask for", async () => {
    const vites = await reloads();
    vites.end();
    const ping = new WebSocket(child.url.replace("http", "ws"), "vite-ping");
    expect((await once(ping, "close"))[0]).toBe(1000);
  });

  it("refuses handshakes by the validator, and says why on the console", async () => {
    expect(await refusal({ "sec-websocket-version": "8" })).toBe("426 VERSION_UNSUPPORTED");
    expect(await refusal({ origin: "https://evil.example" })).toBe("403 ORIGIN_REJECTED");
    expect(child.logs.join("\n")).toContain("onesocket: chat: ORIGIN_REJECTED");
  });

  it("closes the sockets with 1012 when its code changes, and serves the new code", async () => {
    const client = await Client.connect(`${child.url}/chat`);
    const ending = await save("app/src/chat.ts", chat("two"), client.closed);
    expect(ending).toEqual({ code: 1012, reason: "the code has changed" });
    expect(await ask("hello")).toBe("two: hello");
  });

  it("leaves the sockets open when a page's code changes, which Vite tells its pages", async () => {
    expect(await (await fetch(`${child.url}/page.js`)).text()).toContain("one page");
    const [vites, client] = [await reloads(), await Client.connect(`${child.url}/chat`)];
    await save("app/page.js", PAGE.replace("one", "another"), vites.next("full-reload"));
    client.send("hello");
    expect(await client.next()).toBe("two: hello");
    client.vanish();
    vites.end();
  });

  it("shows what a hook throws, with its place in the source, on the console and over the page", async () => {
    const vites = await reloads();
    const client = await Client.connect(`${child.url}/chat`);
    client.send("throw");
    const { err } = await vites.next("error");
    expect(err?.message).toBe("thrown in line 8");
    expect(err?.stack).toContain("app/src/chat.ts:7:");
    expect((await client.closed).code).toBe(1011);
    expect(child.logs.join("\n")).toContain("app/src/chat.ts:7:");
    vites.end();
  });

  it.each([
    ["does not parse", "chat", "export const chat = ;", "chat.ts"],
    ["throws", "chat", 'throw new Error("no database");', "no database"],
    ["imports what is not there", "chat", 'import "./missing.ts";', "missing.ts"],
    ["exports no app", "app", "export const other = 1;", "exports no"],
  ])(
    "answers 500 for code that %s, shows why over the page, and serves it again once it is mended",
    async (_, module, code, why) => {
      const vites = await reloads();
      const client = await Client.connect(`${child.url}/chat`);
      expect((await save(`app/src/${module}.ts`, code, client.closed)).code).toBe(1012);
      expect(await refusal()).toBe("500 HANDLER_ERROR");
      expect(JSON.stringify(await vites.next("error"))).toContain(why);
      // It is asked again before anything has changed: it fails again, and the console has been told.
      const told = child.logs.length;
      expect(await refusal()).toBe("500 HANDLER_ERROR");
      expect(child.logs.length).toBe(told);
      await save(
        `app/src/${module}.ts`,
        module === "app" ? APP : chat("mended"),
        eventually(() => ask("hello"), "mended: hello"),
      );
      vites.end();
    },
  );

  it("goes on after Vite has started anew", async () => {
    const client = await Client.connect(`${child.url}/chat`);
    process.kill(child.pid, "SIGUSR2");
    await client.closed;
    await eventually(() => ask("hello"), "mended: hello");
  });
});

describe("a definition under Vite in the middle of another server", () => {
  it("has its sockets, and is served anew when it changes", async () => {
    const client = await Client.connect(`${other}/chat`);
    client.send("hello");
    expect(await client.next()).toBe("in the middle: hello");
    expect((await save("definition/chat.ts", chat("again"), client.closed)).code).toBe(1012);
    expect(await ask("hello", other)).toBe("again: hello");
  });
});

describe("the end of Vite", () => {
  it("leaves no listener on a server that goes on", async () => {
    await child.stop();
    isOver = true;
    expect(child.logs).toContain("left 0 listeners");
  });
});

describe("the plugin", () => {
  it("says which option there is none of, and what one has to be", () => {
    expect(() => onesocket({ entri: "x" } as never)).toThrow('onesocket has no option "entri": did you mean "entry"?');
    expect(() => onesocket({ entry: 3 } as never)).toThrow("onesocket: entry is a string, not 3");
  });
});
