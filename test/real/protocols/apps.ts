import { defineSocket, type Message, type Socket } from "onesocket";

// Protocols of applications, each as far as a client needs it to be connected and to hear once from the other side.

function textOf(message: Message): string {
  return typeof message === "string" ? message : new TextDecoder().decode(message);
}

/** Rails' Action Cable: guides.rubyonrails.org, and ActionCable::INTERNAL. A client that is chosen the second one never comes back. */
export const actionCable = defineSocket({
  name: "actioncable",
  protocols: ["actioncable-v1-json", "actioncable-unsupported"],
  origins: ["https://app.example"],
  open: (socket) => void socket.send(`{"type":"welcome"}`),
  message(socket, message) {
    const { command, identifier } = JSON.parse(textOf(message));
    if (command === "subscribe") socket.send(JSON.stringify({ identifier, type: "confirm_subscription" }));
  },
});

const BEARER = "base64url.bearer.phx.";

/** Phoenix channels, version 2.0.0 of their JSON. A token comes as a second subprotocol, which must not be chosen. */
export const phoenix = defineSocket<{ token: string }>({
  name: "phoenix",
  protocols: ["phoenix"],
  upgrade(request) {
    const offered = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
    const bearer = offered.find((name) => name.startsWith(BEARER))?.slice(BEARER.length) ?? "";
    return { state: { token: atob(bearer.replaceAll("-", "+").replaceAll("_", "/")) } };
  },
  message(socket, message) {
    const [joined, ref, topic] = JSON.parse(textOf(message));
    const { token } = socket.state;
    socket.send(JSON.stringify([joined, ref, topic, "phx_reply", { status: "ok", response: { token } }]));
  },
});

/** STOMP 1.0 to 1.2: stomp.github.io. A line feed alone is a heartbeat. */
export const stomp = defineSocket({
  name: "stomp",
  protocols: ["v12.stomp", "v11.stomp", "v10.stomp"],
  message(socket, message) {
    const [command, ...lines] = textOf(message).split(/\r?\n/);
    const version = { "v12.stomp": "1.2", "v11.stomp": "1.1" }[socket.protocol] ?? "1.0";
    if (command === "CONNECT" || command === "STOMP")
      socket.send(`CONNECTED\nversion:${version}\nheart-beat:0,0\n\n\0`);
    const receipt = lines.find((line) => line.startsWith("receipt:"))?.slice("receipt:".length);
    if (receipt !== undefined) socket.send(`RECEIPT\nreceipt-id:${receipt}\n\n\0`);
    if (command === "" && lines.every((line) => line === "")) socket.send("\n");
  },
});

const SEPARATOR = "\u001e";

/** SignalR's hub protocol in JSON. A client asks `/negotiate` first, unless it is told to skip that. */
export const signalR = defineSocket({
  name: "signalr",
  message(socket, message) {
    for (const text of textOf(message).split(SEPARATOR).filter(Boolean)) {
      const { protocol, type, invocationId, arguments: args } = JSON.parse(text);
      if (protocol !== undefined) socket.send(`{}${SEPARATOR}`);
      if (type === 1) socket.send(JSON.stringify({ type: 3, invocationId, result: args[0] }) + SEPARATOR);
      if (type === 6) socket.send(`{"type":6}${SEPARATOR}`);
    }
  },
});

/** WAMP's basic profile: HELLO, WELCOME, GOODBYE. */
export const wamp = defineSocket({
  name: "wamp",
  protocols: ["wamp.2.json"],
  message(socket, message) {
    const [type] = JSON.parse(textOf(message));
    if (type === 1) socket.send(JSON.stringify([2, 1, { roles: { broker: {}, dealer: {} } }]));
    if (type === 6) socket.send(JSON.stringify([6, {}, "wamp.close.goodbye_and_out"]));
  },
});

/** A Jupyter server's channels: with the subprotocol its messages are binary, offsets first; without they are JSON. */
export const jupyter = defineSocket({
  name: "jupyter",
  protocols: ["v1.kernel.websocket.jupyter.org"],
  message(socket, message) {
    if (typeof message === "string") {
      const { channel, header } = JSON.parse(message);
      socket.send(JSON.stringify({ channel, parent_header: header, content: { status: "ok" } }));
    } else socket.send(framed([channelOf(message), `{"msg_type":"kernel_info_reply"}`]));
  },
});

/** What stands between the first two of the offsets: 64 bits each, after how many there are, the least first. */
function channelOf(message: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(message.buffer);
  return new TextDecoder().decode(
    message.subarray(Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))),
  );
}

/** Texts with their offsets before them, as {@link jupyter} has them. */
export function framed(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  const head = 8 * (texts.length + 2);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, head));
  const view = new DataView(bytes.buffer);
  let offset = head;
  view.setBigUint64(0, BigInt(texts.length + 1), true);
  for (const [index, part] of parts.entries()) {
    view.setBigUint64(8 * (index + 1), BigInt(offset), true);
    bytes.set(part, offset);
    offset += part.length;
  }
  view.setBigUint64(8 * (texts.length + 1), BigInt(offset), true);
  return bytes;
}

/** NATS over WebSocket: the server speaks first, and all is bytes, whatever the messages' borders. */
export const nats = defineSocket({
  name: "nats",
  open: (socket) => sendBytes(socket, `INFO {"server_id":"x","version":"2.10.0","proto":1,"max_payload":1048576}\r\n`),
  message(socket, message) {
    if (textOf(message).includes("PING\r\n")) sendBytes(socket, "PONG\r\n");
  },
});

function sendBytes(socket: Pick<Socket, "send">, text: string): void {
  socket.send(new TextEncoder().encode(text));
}
