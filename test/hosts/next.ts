/**
 * Next in the middle of a server of its owner's, with our sockets at `/chat`: Next is in the folder that is given, and the way to join the
 * server comes behind it. The parent's messages drain or close our sockets.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Attached } from "onesocket/node";
import { ways } from "../frameworks/ways.ts";

const [, , folder = "", way = ""] = process.argv;

interface Next {
  prepare(): Promise<void>;
  getRequestHandler(): RequestListener;
  close(): Promise<void>;
}

const next = createRequire(join(folder, "x.js"))("next") as (options: object) => Next;

const server: Server = createServer((request, response) => pages(request, response));
const app = next({ dev: true, dir: folder, hostname: "127.0.0.1" });
await app.prepare();
const pages = app.getRequestHandler();
const sockets: Attached = ways[way]!(server, "chat");
server.listen(0, "127.0.0.1", () => console.log(`ready ${(server.address() as AddressInfo).port}`));

process.on("message", async (order: "drain" | "close") => {
  process.send!((await (order === "drain" ? sockets.drain({ reason: "a deploy" }) : sockets.close())) ?? null);
});
