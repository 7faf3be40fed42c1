import { framed } from "./apps.ts";

/** A client's handshake and first words, as it sends them, and what it has to be answered. */
export interface Handshake {
  /** Whose, by the field's name. */
  readonly of: string;
  readonly path: string;
  /** The header as it is written, spaces and all; absent where none is sent. */
  readonly offers?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subprotocol of the answer; null for none. */
  readonly chosen: string | null;
  /** What is said in turn: `>` by the client, `<` by the server. Bytes go and come as binary messages. */
  readonly talk: readonly (readonly [from: ">" | "<", what: string | Uint8Array])[];
  /** How the server closes after it; absent where it does not. */
  readonly closed?: readonly [code: number, reason: string];
}

const bytes = (text: string) => new TextEncoder().encode(text);
const FRAMING = `xmlns="urn:ietf:params:xml:ns:xmpp-framing"`;
const SIGNALR = "\u001e";
const KUBERNETES = "v5.channel.k8s.io,v4.channel.k8s.io,v3.channel.k8s.io,v2.channel.k8s.io,channel.k8s.io";
const REGISTER = [
  "Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKasudf",
  "From: sip:alice@example.com;tag=65bnmj.34asd",
  "To: sip:alice@example.com",
  "Call-ID: aiuy7k9njasd",
  "CSeq: 1 REGISTER",
  "Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>",
];

/** Heads as the clients of 2026-11 send them, where there is one to ask, and as the protocol's text says elsewhere. */
export const HANDSHAKES: readonly Handshake[] = [
  {
    of: "Action Cable 8.1",
    path: "/cable",
    offers: "actioncable-v1-json, actioncable-unsupported",
    headers: { origin: "https://app.example" },
    chosen: "actioncable-v1-json",
    talk: [
      ["<", `{"type":"welcome"}`],
      [">", `{"command":"subscribe","identifier":"{\\"channel\\":\\"Chat\\"}"}`],
      ["<", `{"identifier":"{\\"channel\\":\\"Chat\\"}","type":"confirm_subscription"}`],
    ],
  },
  {
    of: "Phoenix 1.8, with a token as a second subprotocol",
    path: "/phoenix/websocket?vsn=2.0.0",
    offers: "phoenix, base64url.bearer.phx.dG9rZW4tMQ",
    chosen: "phoenix",
    talk: [
      [">", `["3","3","room:1","phx_join",{}]`],
      ["<", `["3","3","room:1","phx_reply",{"status":"ok","response":{"token":"token-1"}}]`],
    ],
  },
  {
    of: "Phoenix 1.8, without",
    path: "/phoenix/websocket?vsn=2.0.0",
    chosen: null,
    talk: [
      [">", `[null,"1","phoenix","heartbeat",{}]`],
      ["<", `[null,"1","phoenix","phx_reply",{"status":"ok","response":{"token":""}}]`],
    ],
  },
  {
    of: "STOMP, stompjs 7",
    path: "/stomp",
    offers: "v12.stomp,v11.stomp,v10.stomp",
    chosen: "v12.stomp",
    talk: [
      [">", "CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:10000,10000\n\n\0"],
      ["<", "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0"],
      [">", "\n"],
      ["<", "\n"],
    ],
  },
  {
    of: "STOMP 1.0 and 1.1 alone, the older first",
    path: "/stomp",
    offers: "v10.stomp, v11.stomp",
    chosen: "v11.stomp",
    talk: [
      [">", "CONNECT\naccept-version:1.1,1.0\n\n\0"],
      ["<", "CONNECTED\nversion:1.1\nheart-beat:0,0\n\n\0"],
    ],
  },
  {
    of: "SignalR 10",
    path: "/hub?id=1&access_token=t",
    chosen: null,
    talk: [
      [">", `{"protocol":"json","version":1}${SIGNALR}`],
      ["<", `{}${SIGNALR}`],
      [">", `{"arguments":["hello"],"invocationId":"0","target":"say","type":1}${SIGNALR}{"type":6}${SIGNALR}`],
      ["<", `{"type":3,"invocationId":"0","result":"hello"}${SIGNALR}`],
      ["<", `{"type":6}${SIGNALR}`],
    ],
  },
  {
    of: "WAMP, autobahn-js 26",
    path: "/wamp",
    offers: "wamp.2.json,wamp.2.msgpack",
    chosen: "wamp.2.json",
    talk: [
      [">", `[1,"realm1",{"roles":{"caller":{}}}]`],
      ["<", `[2,1,{"roles":{"broker":{},"dealer":{}}}]`],
      [">", `[6,{},"wamp.close.normal"]`],
      ["<", `[6,{},"wamp.close.goodbye_and_out"]`],
    ],
  },
  {
    of: "Jupyter, by its binary subprotocol",
    path: "/jupyter/api/kernels/8a2e/channels?session_id=7c",
    offers: "v1.kernel.websocket.jupyter.org",
    chosen: "v1.kernel.websocket.jupyter.org",
    talk: [
      [">", framed(["shell", `{"msg_type":"kernel_info_request"}`])],
      ["<", framed(["shell", `{"msg_type":"kernel_info_reply"}`])],
    ],
  },
  {
    of: "Jupyter, older, by JSON",
    path: "/jupyter/api/kernels/8a2e/channels?session_id=7c",
    chosen: null,
    talk: [
      [">", `{"channel":"shell","header":{"msg_id":"1"}}`],
      ["<", `{"channel":"shell","parent_header":{"msg_id":"1"},"content":{"status":"ok"}}`],
    ],
  },
  {
    of: "NATS, nats-core 3.4",
    path: "/nats",
    chosen: null,
    talk: [
      ["<", bytes(`INFO {"server_id":"x","version":"2.10.0","proto":1,"max_payload":1048576}\r\n`)],
      [">", bytes(`CONNECT {"lang":"nats.ws","protocol":1}\r\nPING\r\n`)],
      ["<", bytes("PONG\r\n")],
    ],
  },
  {
    of: "OCPP 1.6, with a name of escapes and its password",
    path: "/ocpp/CP%201%2F%C3%A4",
    offers: "ocpp1.6,ocpp1.5",
    headers: { authorization: "Basic Q1A6c2VjcmV0" },
    chosen: "ocpp1.6",
    talk: [
      [">", `[2,"1","BootNotification",{"chargePointModel":"x","chargePointVendor":"y"}]`],
      ["<", `[3,"1",{"status":"Accepted","interval":300,"currentTime":"2026-11-27T00:00:00Z"}]`],
      [">", `[2,"2","Who",{}]`],
      ["<", `[4,"2","NotImplemented","CP 1/ä",{}]`],
    ],
  },
  {
    of: "OCPP 2.0.1, which this server does not speak, after a double slash",
    path: "/ocpp//CP1",
    offers: "ocpp2.0.1",
    chosen: null,
    talk: [],
    closed: [1002, "no subprotocol"],
  },
  {
    of: "Kubernetes, client-go and client-node",
    path: "/kubernetes/api/v1/namespaces/default/pods/a/exec?command=cat&stdin=true&stdout=true",
    offers: KUBERNETES,
    headers: { authorization: "Bearer t" },
    chosen: "v5.channel.k8s.io",
    talk: [
      [">", new Uint8Array([0, ...bytes("ls\n")])],
      ["<", new Uint8Array([1, ...bytes("ls\n")])],
      [">", new Uint8Array([255, 0])],
      ["<", new Uint8Array([3, ...bytes(`{"status":"Success"}`)])],
    ],
    closed: [1000, ""],
  },
  {
    of: "Kubernetes, a page with its token as a subprotocol",
    path: "/kubernetes/api/v1/namespaces/default/pods/a/exec?command=cat",
    offers: "base64url.bearer.authorization.k8s.io.dG9rZW4, base64.channel.k8s.io",
    headers: { origin: "https://console.example" },
    chosen: "base64.channel.k8s.io",
    talk: [
      [">", "0bHMK"],
      ["<", "1bHMK"],
    ],
  },
  {
    of: "Guacamole 1.5",
    path: "/guacamole?GUAC_WIDTH=1024&GUAC_AUDIO=audio%2FL8&GUAC_AUDIO=audio%2FL16",
    offers: "guacamole",
    chosen: "guacamole",
    talk: [
      ["<", "0.,36.c01b1f4e-9f5e-4b2e-9d6e-1d8a4f1b2c3d;"],
      [">", "0.,4.ping,13.1764201600000;"],
      ["<", "0.,4.ping,13.1764201600000;"],
      [">", "4.sync,1.1;"],
    ],
    closed: [1002, "519"],
  },
  {
    of: "XMPP, RFC 7395",
    path: "/xmpp",
    offers: "xmpp",
    chosen: "xmpp",
    talk: [
      [">", `<open ${FRAMING} to="example.com" version="1.0" />`],
      ["<", `<open ${FRAMING} from="example.com" id="1" version="1.0"/>`],
      [">", `<close ${FRAMING} />`],
      ["<", `<close ${FRAMING}/>`],
    ],
    closed: [1000, ""],
  },
  {
    of: "SIP, RFC 7118, with its example's lines",
    path: "/sip",
    offers: "sip",
    headers: { origin: "http://www.example.com" },
    chosen: "sip",
    talk: [
      [">", ["REGISTER sip:proxy.example.com SIP/2.0", ...REGISTER, "Content-Length: 0", "", ""].join("\r\n")],
      ["<", ["SIP/2.0 200 OK", ...REGISTER, "Content-Length: 0", "", ""].join("\r\n")],
      [">", "\r\n\r\n"],
      ["<", "\r\n"],
    ],
  },
];
