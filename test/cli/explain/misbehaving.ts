import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Code } from "../../../src/cli/explain/meaning.ts";
import { certificate } from "../../helpers/certificate.ts";
import { freePort } from "../../helpers/foreground.ts";

/** The clients that are really run. */
export type ClientName = "Chrome" | "ws" | "Node" | "Bun" | "Deno" | "curl";

/** One thing that a server does wrong. */
export interface Mischief {
  /** What a line that tells of it has to be explained with. */
  readonly code: Code;
  /** The bytes that answer a handshake, after which the server ends the connection. */
  readonly answer: (key: string) => string | Buffer;
  /** What the client offers. */
  readonly protocols?: readonly string[];
  /** The client's scheme. Default ws. */
  readonly scheme?: "wss";
  /** The server speaks TLS. Default false. */
  readonly tls?: true;
  /** The clients that print nothing about it, because they do not look, or do not tell. */
  readonly silent?: readonly ClientName[];
}

const FIELDS = { Upgrade: "websocket", Connection: "Upgrade" };

/** A 101 with other headers than the right ones, and what comes behind it. */
function switched(fields: Readonly<Record<string, string | null>> = {}, behind = ""): Mischief["answer"] {
  return (key) => {
    const hash = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const all = Object.entries({ ...FIELDS, "Sec-WebSocket-Accept": hash, ...fields });
    const lines = all.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([
      Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`),
      Buffer.from(behind, "hex"),
    ]);
  };
}

function status(line: string): Mischief["answer"] {
  return () => `HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`;
}

/** curl looks at HTTP alone: of a 101 it says something of its own. */
const NOT_CURL: readonly ClientName[] = ["curl"];
const NOT_DENO: readonly ClientName[] = ["curl", "Deno"];

export const MISCHIEFS: Readonly<Record<string, Mischief>> = {
  "answers 404": { code: "STATUS_NOT_101", answer: status("404 Not Found") },
  "answers 401": { code: "AUTH_REQUIRED", answer: status("401 Unauthorized") },
  "answers 426": { code: "UPGRADE_STRIPPED", answer: status("426 Upgrade Required") },
  "answers 503": { code: "OVERLOADED", answer: status("503 Service Unavailable") },
  redirects: { code: "REDIRECTED", answer: status("301 Moved Permanently\r\nLocation: /"), silent: NOT_CURL },
  "sends a wrong Accept": {
    code: "ACCEPT_MISMATCH",
    answer: switched({ "Sec-WebSocket-Accept": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }),
    silent: NOT_DENO,
  },
  "sends no Upgrade": { code: "RESPONSE_UPGRADE_BAD", answer: switched({ Upgrade: null }), silent: NOT_CURL },
  "sends Upgrade: h2c": { code: "RESPONSE_UPGRADE_BAD", answer: switched({ Upgrade: "h2c" }), silent: NOT_CURL },
  "sends Connection: close": {
    code: "RESPONSE_CONNECTION_BAD",
    answer: switched({ Connection: "close" }),
    silent: NOT_CURL,
  },
  "sends no Connection": { code: "RESPONSE_CONNECTION_BAD", answer: switched({ Connection: null }), silent: NOT_CURL },
  "sends Connection: keep-alive, Upgrade": {
    code: "CONNECTION_LIST_WARN",
    answer: switched({ Connection: "keep-alive, Upgrade" }),
    silent: ["curl", "Chrome", "ws", "Bun"],
  },
  "chooses a subprotocol unasked": {
    code: "SUBPROTOCOL_UNREQUESTED",
    answer: switched({ "Sec-WebSocket-Protocol": "chat" }),
    silent: NOT_DENO,
  },
  "chooses no subprotocol": {
    code: "SUBPROTOCOL_UNANSWERED",
    answer: switched(),
    protocols: ["chat"],
    silent: NOT_DENO,
  },
  "chooses another subprotocol": {
    code: "SUBPROTOCOL_MISMATCH",
    answer: switched({ "Sec-WebSocket-Protocol": "other" }),
    protocols: ["chat"],
    silent: NOT_DENO,
  },
  "agrees to an extension unasked": {
    code: "EXTENSION_UNREQUESTED",
    answer: switched({ "Sec-WebSocket-Extensions": "x-foo" }),
    silent: NOT_DENO,
  },
  "ends without an answer": { code: "CLOSED_BEFORE_RESPONSE", answer: () => "" },
  "speaks SSH": { code: "NOT_HTTP", answer: () => "SSH-2.0-OpenSSH_9.2\r\n" },
  "speaks no TLS": { code: "TLS_TO_PLAIN_PORT", answer: status("400 Bad Request"), scheme: "wss" },
  "has a certificate of its own": { code: "CERT_INVALID", answer: switched(), scheme: "wss", tls: true },
  "sets RSV1": { code: "RSV_UNEXPECTED", answer: switched({}, "c10161"), silent: NOT_CURL },
  masks: { code: "FRAME_MASKED", answer: switched({}, "81810000000061"), silent: NOT_DENO },
  "sends opcode 3": { code: "OPCODE_INVALID", answer: switched({}, "830161"), silent: NOT_CURL },
  "continues nothing": { code: "CONTINUATION_UNEXPECTED", answer: switched({}, "800161"), silent: NOT_CURL },
  "sends a long Ping": {
    code: "CONTROL_TOO_LONG",
    answer: switched({}, `897e007e${"61".repeat(126)}`),
    silent: NOT_CURL,
  },
  "sends half a Ping": { code: "CONTROL_FRAGMENTED", answer: switched({}, "090161"), silent: NOT_CURL },
  "closes with one byte": { code: "CLOSE_PAYLOAD_SHORT", answer: switched({}, "880103"), silent: NOT_CURL },
  "closes with 1004": {
    code: "CLOSE_CODE_INVALID",
    answer: switched({}, "880203ec"),
    silent: ["curl", "Chrome"],
  },
  "sends text that is not UTF-8": { code: "INVALID_UTF8", answer: switched({}, "8101ff"), silent: NOT_CURL },
  "sends a page behind the 101": {
    code: "HTTP_AFTER_101",
    answer: switched({}, Buffer.from("<html>hello</html>").toString("hex")),
    silent: NOT_CURL,
  },
};

/** Where a client finds each of them. */
export interface Target {
  readonly url: string;
  readonly protocols: readonly string[];
}

/** Starts a server for each mischief; "listens nowhere" has none. */
export async function misbehave(): Promise<{ targets: Readonly<Record<string, Target>>; stop(): void }> {
  const servers: Server[] = [];
  const targets: Record<string, Target> = {};
  for (const [name, mischief] of Object.entries(MISCHIEFS)) {
    const server = mischief.tls ? createTlsServer(certificate()) : createServer();
    server.on(mischief.tls ? "secureConnection" : "connection", (socket: Socket) => answer(socket, mischief));
    server.on("tlsClientError", () => {});
    await once(server.listen(0, "127.0.0.1"), "listening");
    servers.push(server);
    const { port } = server.address() as AddressInfo;
    targets[name] = { url: `${mischief.scheme ?? "ws"}://127.0.0.1:${port}/`, protocols: mischief.protocols ?? [] };
  }
  return {
    targets: { ...targets, "listens nowhere": { url: `ws://127.0.0.1:${await freePort()}/`, protocols: [] } },
    stop: () => servers.forEach((server) => void server.close()),
  };
}

function answer(socket: Socket, mischief: Mischief): void {
  socket.on("error", () => {});
  socket.once("data", (head) => {
    const key = /sec-websocket-key: (.*)\r/i.exec(head.toString("latin1"))?.[1] ?? "";
    socket.end(mischief.answer(key));
  });
}
