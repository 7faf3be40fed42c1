import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { hasToken, tokenList } from "../../core/protocol/headers.ts";
import { isOurs, noteOurs } from "../shared/listeners.ts";
import { builtin } from "./builtin.ts";
import type { AnyServer } from "./server.ts";

/** Whether an upgrade is one to a WebSocket. All others are ordinary requests, which offer a protocol that we don't speak. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return hasToken(headers.upgrade ?? null, "websocket");
}

type Callback = (request: IncomingMessage) => boolean;

/**
 * Keeps upgrades to other protocols from the server's `upgrade` listeners as long as ours is the only one (Node 22.21 and 24.9 on). What
 * the server's own callback declines stays declined. Returns what ends it.
 */
export function declineOthers(server: AnyServer, shared: () => boolean): () => void {
  if (!Object.hasOwn(server, "shouldUpgradeCallback")) return () => {};
  const asked = server as AnyServer & { shouldUpgradeCallback: Callback };
  const own = asked.shouldUpgradeCallback;
  const ours: Callback = (request) => own.call(server, request) && (isWebSocket(request) || shared());
  asked.shouldUpgradeCallback = ours;
  noteOurs(ours);
  return () => {
    if (asked.shouldUpgradeCallback === ours) asked.shouldUpgradeCallback = own;
  };
}

/** Whether nobody has put a callback in the place of ours since. */
export function asksUs(server: AnyServer): boolean {
  if (!Object.hasOwn(server, "shouldUpgradeCallback")) return true;
  return isOurs((server as AnyServer & { shouldUpgradeCallback: Callback }).shouldUpgradeCallback);
}

/** Node 26 (26.10, 2026-11) parses the body of an upgrade: it is in the request, and not in the head. */
const PARSES_BODIES = Number.parseInt(process.versions.node, 10) >= 26;

/**
 * Gives an upgrade back to the server as the ordinary request that it is: its connection begins anew, with the request's head
 * without the `upgrade` of Connection. Must not be called while the server's parser is at work.
 */
export function handBack(server: AnyServer, request: IncomingMessage, stream: Duplex, head: Uint8Array): void {
  if (PARSES_BODIES && (stream !== request.socket || !request.complete)) {
    // The stream is another one than the connection then, brings its errors, and nobody else listens for them.
    stream.on("error", () => {});
    answerOnce(server as Server, request);
    return;
  }
  const body: Uint8Array | undefined = PARSES_BODIES ? (request.read() ?? new Uint8Array(0)) : undefined;
  stream.unshift(Buffer.concat([headOf(request, body?.length), body ?? new Uint8Array(0), head]));
  server.emit("encrypted" in stream ? "secureConnection" : "connection", stream);
}

const FRAMING = /^(content-length|transfer-encoding|trailer)$/i;

/**
 * The head as it came, but for one thing. RFC 9110 §7.8: a protocol that is not named in Connection is not offered to us. Nor
 * does Node's parser then stop at it. `bodyBytes`: of a body that comes in one piece behind it.
 */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage, bodyBytes?: number): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!];
    const left = /^connection$/i.test(name) ? withoutUpgrade(value) : value;
    if (left && !(bodyBytes !== undefined && FRAMING.test(name))) text += `${name}: ${left}\r\n`;
  }
  if (bodyBytes) text += `Content-Length: ${bodyBytes}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

function withoutUpgrade(connection: string): string {
  return tokenList(connection)
    .filter((token) => token.toLowerCase() !== "upgrade")
    .join(", ");
}

/**
 * For a request whose body is still coming, by a parser that stops behind it and takes no other upgrade of that connection
 * (Node 26.10, 2026-11): the answer says `Connection: close`, and the connection ends with it.
 */
function answerOnce(server: Server, request: IncomingMessage): void {
  const { socket } = request;
  const response = new (builtin("http").ServerResponse)(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on("finish", () => socket.destroySoon());
  if (/^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
  server.emit("request", request, response);
}
