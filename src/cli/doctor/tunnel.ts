import type { Socket } from "node:net";
import { type Answer, field, headOf } from "./answer.ts";
import { type Finding, fail } from "./finding.ts";
import type { Target } from "./target.ts";

/** A forward proxy that did not connect, as an error with its answer; undefined when that is no HTTP. */
export class ProxyRefusal extends Error {
  readonly code = "PROXY_REFUSED";
  readonly answer: Answer | undefined;

  constructor(answer: Answer | undefined) {
    super(answer?.statusLine ?? "the proxy's answer is no HTTP");
    this.answer = answer;
  }
}

/** Asks a forward proxy for a way to the target (RFC 9110 §9.3.6). Rejects with a ProxyRefusal, or when the stream ends. */
export async function tunnel(socket: Socket, proxy: Target, { host, port }: Target): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const credentials = proxy.authorization === undefined ? "" : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`, "latin1");
  const answer = await headOn(socket);
  if (answer === undefined || answer.status < 200 || answer.status > 299) throw new ProxyRefusal(answer);
  return socket;
}

/** Takes the head of the answer off a stream, and leaves what is behind it. */
function headOn(socket: Socket): Promise<Answer | undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const done = (answer: Answer | undefined) => {
      socket.off("data", read).off("close", closed).off("end", closed).pause();
      resolve(answer);
    };
    const closed = () => reject(Object.assign(new Error("the proxy ended the connection"), { code: "ECONNRESET" }));
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const found = headOf(bytes);
      if (found === undefined) return;
      if (found === "alien") return done(undefined);
      done(found.answer);
      if (bytes.length > found.bytes) socket.unshift(bytes.subarray(found.bytes));
    };
    socket.on("data", read).once("end", closed).once("close", closed);
  });
}

/** What a proxy's refusal says. */
export function judgeProxy({ answer }: ProxyRefusal, target: Target): Finding {
  const asked = `CONNECT ${target.host}:${target.port}`;
  if (!answer) return fail("PROXY_REFUSED", `${asked}: what answers is no HTTP proxy`);
  const signs = ["proxy-authenticate", "server", "via", "x-squid-error"].flatMap((name) => {
    const value = field(answer, name);
    return value === null ? [] : [`${name}: ${value}`];
  });
  const seen = `${asked} gets ${answer.statusLine.replace(/^\S+ /, "")}${signs.length > 0 ? ` (${signs.join("; ")})` : ""}`;
  if (answer.status === 407) return fail("PROXY_AUTH_REQUIRED", seen);
  if (answer.status < 500) return fail("PROXY_REFUSED", seen);
  return {
    ...fail("PROXY_REFUSED", seen),
    fix: "Check that the proxy itself can resolve and reach this host and port.",
  };
}
