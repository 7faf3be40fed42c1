import { type ClientHttp2Session, connect, constants, type Settings } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Experiment, Outcome, Scene } from "../chart.ts";
import { connectTcp } from "../dial.ts";
import { fail } from "../finding.ts";
import { isAddress, type Target } from "../target.ts";

/** HTTP/2 instead of HTTP/1.1: who speaks it, and only it, has no Upgrade. */
export const HTTP2_INSTEAD: Experiment = {
  name: "HTTP/2 (RFC 8441)",
  async run(scene) {
    if (scene.chart.answersGet) return { result: "not done: a GET is answered over HTTP/1.1" };
    const { outcome, settings } = await http2(scene);
    return settings && !choseHttp1(scene) ? { ...outcome, finding: fail("HTTP2_ONLY", outcome.result) } : outcome;
  },
};

/** Whether the server itself chose HTTP/1.1, by ALPN. */
function choseHttp1({ first }: Scene): boolean {
  return (first?.wire.socket as Partial<TLSSocket> | undefined)?.alpnProtocol === "http/1.1";
}

/** HTTP/2 beside an HTTP/1.1 that works: browsers that have such a connection use it, if the server invites them. */
export const HTTP2_TOO: Experiment = {
  name: "HTTP/2 (RFC 8441)",
  run: async (scene) => (await http2(scene)).outcome,
};

async function http2(scene: Scene): Promise<{ outcome: Outcome; settings?: Settings | undefined }> {
  const { target } = scene.line.options;
  const socket = await dial(scene, target);
  if (typeof socket === "string") return { outcome: { result: socket } };
  const session = connect(`${target.tls ? "https" : "http"}://${target.authority}`, { createConnection: () => socket });
  try {
    const settings = await settingsOf(session, scene.line.patience);
    if (!settings) return { outcome: { result: "not spoken" } };
    const result = settings.enableConnectProtocol
      ? `spoken; extended CONNECT: ${await extendedConnect(session, target, scene.line.patience)}`
      : "spoken, without extended CONNECT: no WebSockets over it";
    return { outcome: { result }, settings };
  } finally {
    session.destroy();
    socket.destroy();
  }
}

async function dial({ line }: Scene, target: Target): Promise<Socket | string> {
  const tcp = await connectTcp(line.address, target, line.budget, line.patience, line.options.proxy);
  if (!tcp.ok) return `no connection: ${tcp.trouble.code}`;
  return target.tls ? negotiated(tcp.result, target, line.patience) : tcp.result;
}

/** TLS with h2 alone in ALPN. */
function negotiated(socket: Socket, target: Target, ms: number): Promise<Socket | string> {
  const name = isAddress(target) ? {} : { servername: target.host };
  const tls = connectTls({ socket, host: target.host, ...name, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  return new Promise((resolve) => {
    const give = (result: Socket | string) => {
      clearTimeout(timer);
      if (typeof result === "string") tls.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give("not spoken"), ms);
    tls.on("error", () => give("not spoken"));
    tls.once("secureConnect", () => give(tls.alpnProtocol === "h2" ? tls : "not spoken"));
  });
}

function settingsOf(session: ClientHttp2Session, ms: number): Promise<Settings | undefined> {
  return new Promise((resolve) => {
    const give = (settings?: Settings) => {
      clearTimeout(timer);
      resolve(settings);
    };
    const timer = setTimeout(give, ms);
    session.on("error", () => give());
    session.once("close", () => give());
    session.once("remoteSettings", give);
  });
}

function extendedConnect(session: ClientHttp2Session, target: Target, ms: number): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": target.tls ? "https" : "http",
      ":authority": target.authority,
      ":path": target.path,
      "sec-websocket-version": "13",
    });
    const timer = setTimeout(() => resolve("no answer"), ms);
    const give = (text: string) => {
      clearTimeout(timer);
      resolve(text);
    };
    stream.on("error", (error) => give(`refused (${error.message})`));
    stream.once("close", () => give("refused"));
    stream.once("response", (headers) => give(`${headers[constants.HTTP2_HEADER_STATUS]}`));
  });
}
