import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { startChild } from "../../helpers/child.ts";
import { Client } from "../../helpers/client.ts";
import { COMMANDS } from "../../helpers/runtimes.ts";

const SOURCES = join(import.meta.dirname, "../../../src");

/** A server whose one Bun.serve is given what the program makes of each version of itself, as Bun's own documentation has it. */
const program = (version: number) => `
import { bun } from "${SOURCES}/adapters/bun/index.ts";
import { defineSocket } from "${SOURCES}/core/contract/definition.ts";

const chat = defineSocket({
  name: "chat",
  message: (socket, data) => void socket.send(data),
  close: (_, { code }) => console.log("closed with " + code),
});
const options = { port: 0, hostname: "127.0.0.1", ...bun(chat) };
if (globalThis.server) globalThis.server.reload(options);
else globalThis.server = Bun.serve(options);
console.log("ready " + globalThis.server.port);
console.log("version ${version}");
`;

let folder = "";
afterEach(() => rm(folder, { recursive: true }));

it("sockets that were open before bun --hot loaded the code anew still get messages and their close", async () => {
  folder = await mkdtemp(join(tmpdir(), "onesocket-hot-"));
  const file = join(folder, "server.ts");
  await writeFile(file, program(1));
  const [command, ...flags] = COMMANDS.bun();
  const server = await startChild(command, ["--hot", ...flags, file]);
  try {
    const client = await Client.connect(server.url);
    await writeFile(file, program(2));
    await expect.poll(() => server.logs).toContain("version 2");
    client.send("hello");
    expect(await client.next()).toBe("hello");
    client.close(4000);
    await expect.poll(() => server.logs).toContain("closed with 4000");
    expect(server.logs.join("\n")).not.toContain("onesocket:");
  } finally {
    await server.stop();
  }
});
