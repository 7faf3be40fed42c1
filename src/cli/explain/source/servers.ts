import type { Rule } from "./rule.ts";

/** Calls that make a server, of which the URL or the class says what it speaks. */
export const SERVERS: readonly Rule[] = [
  {
    // Workerman and GatewayWorker: https://manual.workerman.net/doc/en/appendices/about-ws.html
    pattern: /\bnew\s+\\?(?:[\w\\]*\\)?(Worker|Gateway|BusinessWorker)\s*\(\s*(["'])(\w+):\/\/([^"']*)\2/,
    judge([call, name = "", , scheme = "", address = ""]) {
      const kind = scheme.toLowerCase();
      const right = `new ${name}("websocket://${address}")`;
      if (kind === "websocket")
        return { by: ["Workerman"], what: `${name} listens for WebSockets at ${address}.`, codes: [] };
      if (kind !== "ws" && kind !== "wss") return undefined;
      const tls =
        kind === "wss" ? " For wss:// give it a context with the certificate, and set its transport to ssl." : "";
      return {
        by: ["Workerman"],
        what: `${shown(call)} does not listen for WebSockets: in Workerman ${kind}:// is the client's protocol, and each handshake ends in "recv data before handshake".`,
        codes: [
          { code: "DATA_BEFORE_HANDSHAKE", fix: `Listen on websocket://: ${right}.${tls}`, snippet: `${right};` },
        ],
      };
    },
  },
  {
    pattern: /\bnew\s+\\?(?:[\w\\]*\\)?(AsyncTcpConnection)\s*\(\s*(["'])(\w+):\/\/([^"']*)\2/,
    judge([call, name = "", , scheme = "", address = ""]) {
      const kind = scheme.toLowerCase();
      if (kind === "ws")
        return { by: ["Workerman"], what: `It connects to ${address} as a client of WebSockets.`, codes: [] };
      if (kind !== "websocket" && kind !== "wss") return undefined;
      const port = /:\d+/.test(address) ? address : address.replace(/^([^/]*)/, "$1:443");
      return {
        by: ["Workerman"],
        what:
          kind === "websocket"
            ? `${shown(call)} waits for a handshake rather than sends one: in Workerman websocket:// is the server's protocol.`
            : `${shown(call)} finds no such protocol: TLS is a matter of the connection's transport there.`,
        codes: [],
        note:
          kind === "websocket"
            ? `Write new ${name}("ws://${address}").`
            : `Write new ${name}("ws://${port}"), and set its transport to ssl before connect().`,
      };
    },
  },
  {
    // The first argument is an address to listen at, or a host to connect to.
    pattern:
      /\bnew\s+\\?(?:Swoole\\)?(?:(WebSocket\\Server|swoole_websocket_server|Http\\Server|swoole_http_server)|(?:Swoole\\)?(?:Coroutine|Co)\\(?:Http|http)\\Client)\s*\(\s*(["'])([a-z]+):\/\/([^"'/:]*)[^"']*\2/i,
    judge([call, server, , , host = ""]) {
      const what = server === undefined ? "a host's name" : "an address";
      return {
        by: ["Swoole"],
        what: `${shown(call)} takes ${what} there, and no URL.`,
        codes: [],
        note: `Write ${JSON.stringify(host || "0.0.0.0")}, and the port as the second argument.`,
      };
    },
  },
];

/** A call as it is written, without what follows. */
export function shown(call: string): string {
  const text = call
    .replace(/\s+/g, " ")
    .replace(/\s*,\s*\{$/, "")
    .slice(0, 120);
  const open = (text.match(/\(/g)?.length ?? 0) - (text.match(/\)/g)?.length ?? 0);
  return text + ")".repeat(Math.max(0, open));
}
