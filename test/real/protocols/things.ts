import { defineSocket, type Message } from "onesocket";

// Protocols of machines, as in apps.ts.

function textOf(message: Message): string {
  return typeof message === "string" ? message : new TextDecoder().decode(message);
}

/**
 * OCPP-J 1.6: a charge point's name is the end of its path, percent-encoded. §3.2: where no subprotocol is agreed, the handshake succeeds without one, and the
 * connection is closed at once.
 */
export const ocpp = defineSocket<{ name: string }>({
  name: "ocpp",
  protocols: ["ocpp1.6"],
  upgrade: (request) => ({ state: { name: decodeURIComponent(new URL(request.url).pathname.split("/").at(-1)!) } }),
  open(socket) {
    if (socket.protocol === "") socket.close(1002, "no subprotocol");
  },
  message(socket, message) {
    const [type, id, action] = JSON.parse(textOf(message));
    const { name } = socket.state;
    if (type !== 2) return;
    if (action === "BootNotification")
      socket.send(JSON.stringify([3, id, { status: "Accepted", interval: 300, currentTime: "2026-11-27T00:00:00Z" }]));
    else socket.send(JSON.stringify([4, id, "NotImplemented", name, {}]));
  },
});

/** Kubernetes' remotecommand: the first byte of each message is its channel; 0 stdin, 1 stdout, 3 how it ended, 255 a channel that closes. */
export const kubernetes = defineSocket({
  name: "kubernetes",
  protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io", "base64.channel.k8s.io"],
  origins: ["https://console.example"],
  message(socket, message) {
    if (typeof message === "string") return void socket.send(`1${message.slice(1)}`);
    if (message[0] === 0) socket.send(new Uint8Array([1, ...message.subarray(1)]));
    if (message[0] !== 255) return;
    socket.send(new Uint8Array([3, ...new TextEncoder().encode(`{"status":"Success"}`)]));
    socket.close();
  },
});

/** Apache Guacamole: instructions of parts with their lengths; the tunnel's own have none for their name. A close reason is a status, in digits. */
export const guacamole = defineSocket({
  name: "guacamole",
  protocols: ["guacamole"],
  open: (socket) => void socket.send("0.,36.c01b1f4e-9f5e-4b2e-9d6e-1d8a4f1b2c3d;"),
  message(socket, message) {
    const text = textOf(message);
    if (text.startsWith("0.,4.ping")) socket.send(text);
    else if (text === "4.sync,1.1;") socket.close(1002, "519");
  },
});

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

/** XMPP: RFC 7395. Each message is one element, and the stream is opened and closed by elements of its own. */
export const xmpp = defineSocket({
  name: "xmpp",
  protocols: ["xmpp"],
  message(socket, message) {
    const text = textOf(message);
    if (text.startsWith("<open")) socket.send(`<open xmlns="${FRAMING}" from="example.com" id="1" version="1.0"/>`);
    if (!text.startsWith("<close")) return;
    socket.send(`<close xmlns="${FRAMING}"/>`);
    socket.close();
  },
});

/** SIP: RFC 7118. Two CRLFs are a keepalive, which one answers (RFC 5626). */
export const sip = defineSocket({
  name: "sip",
  protocols: ["sip"],
  origins: ["http://www.example.com"],
  message(socket, message) {
    const text = textOf(message);
    if (text === "\r\n\r\n") return void socket.send("\r\n");
    const [first = "", ...lines] = text.split("\r\n");
    const kept = lines.filter((line) => /^(via|from|to|call-id|cseq|contact):/i.test(line));
    if (first.startsWith("REGISTER"))
      socket.send(["SIP/2.0 200 OK", ...kept, "Content-Length: 0", "", ""].join("\r\n"));
  },
});
