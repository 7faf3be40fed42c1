import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { serve } from "../../../src/adapters/node/index.ts";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { rooms } from "../../../src/core/rooms/registry.ts";

// What a framework's bundler makes of a route: its own copy of the definition, and of this package.
type Copy = Record<"defineSocket", typeof defineSocket> & Record<"rooms", typeof rooms>;

let folder: string;
let copy: Copy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onesocket-copy-"));
  const outfile = join(folder, "copy.mjs");
  const contents = 'export { defineSocket, rooms } from "onesocket";';
  const stdin = { contents, resolveDir: import.meta.dirname };
  await build({ stdin, bundle: true, format: "esm", outfile, conditions: ["onesocket-source"], logLevel: "silent" });
  copy = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
});

afterAll(() => rm(folder, { recursive: true }));

function messages(socket: WebSocket, count: number): Promise<unknown[]> {
  const { promise, resolve } = Promise.withResolvers<unknown[]>();
  const got: unknown[] = [];
  socket.onmessage = ({ data }) => void (got.push(data) === count && resolve(got));
  return promise;
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  return socket;
}

it("reaches the rooms of the copy of this package that serves a definition, from another copy in the process", async () => {
  // Found before anybody serves it, as a module of a program would.
  const room = copy.rooms(copy.defineSocket({ name: "copied" })).get("lobby");
  expect(await room.count()).toBe(0);
  const server = await serve(defineSocket({ name: "copied", upgrade: () => ({ room: "lobby" }) }), {
    port: 0,
    hostname: "127.0.0.1",
  });
  onTestFinished(() => server.close());
  const socket = await opened(server.url);
  const got = messages(socket, 1);
  await room.send("from a route");
  expect(await got).toEqual(["from a route"]);
  expect(await room.count()).toBe(1);
  await expect(room.send(1 as never)).rejects.toThrow(TypeError);
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  await room.close({}, 4000, "over");
  expect(await closed).toMatchObject({ code: 4000, reason: "over" });
});

it("has its own rooms after that copy has closed", async () => {
  const ours = defineSocket({ name: "left", upgrade: () => ({ room: "lobby" }) });
  const server = await serve(ours, { port: 0, hostname: "127.0.0.1" });
  const socket = await opened(server.url);
  const room = copy.rooms(copy.defineSocket({ name: "left" })).get("lobby");
  expect([await room.count(), await rooms(ours).get("lobby").count()]).toEqual([1, 1]);
  const gone = new Promise((resolve) => socket.addEventListener("close", resolve));
  await server.close();
  await gone;
  expect([await room.count(), await rooms(ours).get("lobby").count()]).toEqual([0, 0]);
});
