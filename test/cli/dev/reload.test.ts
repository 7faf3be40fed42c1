import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../helpers/client.ts";
import { onesocket, type Running } from "../command.ts";
import { Project } from "./project.ts";

/** Answers with what another file says. */
const MODULE = `
  import { word } from "./words/word.ts";
  export default defineSocket({ name: "words", message: (socket) => void socket.send(word) });`;

const word = (text: string) => `export const word: string = ${JSON.stringify(text)};`;

/** What is wrong, in which file, what the file says, and where it is another thing to find out. */
const MISTAKES: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["does not parse", "words/word.ts", "export const word = ;", ["node", "bun", "deno", "workers"]],
  [
    "imports what is not there",
    "words/word.ts",
    'export { word } from "./nowhere.ts";',
    ["node", "bun", "deno", "workers"],
  ],
  ["throws", "words/word.ts", `${word("never")} throw new Error("no database");`, ["node", "workers"]],
  ["has nothing to serve any more", "module.ts", "export const nothing = 1;", ["node", "durable"]],
];

async function ask(client: Client): Promise<string | Uint8Array> {
  client.send("?");
  return client.next();
}

async function answer(server: Running): Promise<string | Uint8Array> {
  const client = await Client.connect(server.url);
  const text = await ask(client);
  client.vanish();
  return text;
}

describe.each(["node", "bun", "deno", "workers", "durable"])("onesocket dev --on %s", (on) => {
  const project = new Project();
  let module: string;
  let server: Running;
  /** The same module, with --no-watch. */
  let still: Running;
  let stillOpen: Client;

  /** Changes a file, and waits until the command says that it serves the change. */
  async function change(name: string, content: string): Promise<void> {
    project.file(name, content);
    await server.said("reloaded");
  }

  /** Changes a file, and resolves with the sentence that says why the change is not served. */
  async function spoil(name: string, content: string): Promise<string> {
    project.file(name, content);
    return server.said("what ran before runs on");
  }

  beforeAll(async () => {
    project.file("words/word.ts", word("one"));
    module = project.module("module.ts", MODULE);
    const args = ["dev", module, "--port", "0", "--on", on];
    [server, still] = await Promise.all([onesocket(args), onesocket([...args, "--no-watch"])]);
    stillOpen = await Client.connect(still.url);
  });

  afterAll(async () => {
    server.kill("SIGTERM");
    await server.ended;
    project.remove();
  });

  it("serves a change of any file of the module at the same address, once sockets are closed with 1012", async () => {
    const client = await Client.connect(server.url);
    expect(await ask(client)).toBe("one");
    project.file("words/word.ts", word("two"));
    expect(await client.closed).toEqual({ code: 1012, reason: "" });
    expect(await server.said("reloaded")).toBe(`reloaded ${server.url} (${on})`);
    expect(await answer(server)).toBe("two");
  });

  it.each(MISTAKES.filter(([, , , where]) => where.includes(on)))(
    "tells of a change that %s, and leaves alone what ran before",
    async (_, name, content) => {
      const client = await Client.connect(server.url);
      const before = await ask(client);
      expect(await spoil(name, content)).toMatch(/^onesocket: .*module.ts.*; what ran before runs on$/);
      expect(await ask(client)).toBe(before);
      if (name === "module.ts") project.module(name, MODULE);
      else project.file(name, word("mended"));
      expect((await client.closed).code).toBe(1012);
      await server.said("reloaded");
      expect(await answer(server)).toBe(name === "module.ts" ? before : "mended");
    },
  );

  it("serves a file that was missing once it is there", async () => {
    await spoil("words/word.ts", 'export { word } from "./later.ts";');
    await change("words/later.ts", word("later"));
    expect(await answer(server)).toBe("later");
  });

  it("serves the module as it was with --no-watch, whatever has changed", async () => {
    expect(await ask(stillOpen)).toBe("one");
    still.kill("SIGTERM");
    expect((await stillOpen.closed).code).toBe(1001);
    expect(await still.ended).toEqual({ code: 0, stdout: `${still.line}\n`, stderr: "" });
  });
});

describe("onesocket dev", () => {
  it("starts a module again that ended by itself, when it changes", async () => {
    const project = new Project();
    const ends = `export default defineSocket({ name: "ends", message() { setTimeout(() => { throw new Error("gone") }) } });`;
    const server = await onesocket(["dev", project.module("module.ts", ends), "--port", "0"]);
    const client = await Client.connect(server.url);
    client.send("x");
    await client.closed;
    expect(await server.said("onesocket: ")).toBe("onesocket: node ended with 1; the next change starts it again");
    project.module("module.ts", MODULE);
    project.file("words/word.ts", word("again"));
    await server.said("reloaded");
    expect(await answer(server)).toBe("again");
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    project.remove();
  });
});
