import type { Socket as NetSocket } from "node:net";
import { type Failure, failure, failureText } from "../../core/contract/failures.ts";
import { firstBytes } from "../../core/protocol/first-bytes.ts";
import { endSoon } from "./ending.ts";
import { isIntroduced } from "./introduced.ts";
import { answersOn, pendingOn } from "./pending.ts";

const answered = new WeakSet<NetSocket>();

/** Whether a connection was answered already: what it sends after that is not told again. */
export function isAnswered(socket: NetSocket): boolean {
  return answered.has(socket);
}

/**
 * Answers what is no request, if its peer could read that, and ends the connection: in its turn, when others wait for their answers
 * there, for it would stand before them, or among the bytes of one.
 */
export function answerStray(socket: NetSocket, reason: Failure, status: number, readable: boolean): void {
  answered.add(socket);
  if (socket.listenerCount("error") === 0) socket.on("error", () => {});
  const send = () => {
    // An answer has begun that can't be finished: the rest of its request will not come.
    if (!readable || !socket.writable || pendingOn(socket)?.headersSent) return void socket.destroy();
    socket.write(answer(reason, status));
    endSoon(socket, 1000);
  };
  const before = answersOn(socket);
  if (!before) send();
  // The answer to the last request of a connection ends it.
  else before.then(() => socket.writableEnded || send()).catch(() => socket.destroy());
}

function answer({ code }: Failure, status: number): string {
  const body = failureText(code);
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8`;
  return `${head}\r\nOnesocket-Failure: ${code}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** A PROXY protocol header that nobody who is believed has sent. */
export function foreignPreamble(socket: NetSocket): Failure {
  if (isIntroduced(socket)) {
    return failure("PROXY_PROTOCOL", "behind a proxy's PROXY protocol header came another one, which is not believed");
  }
  const peer = JSON.stringify(socket.remoteAddress ?? "");
  const fix = `if it is a proxy of yours, let the server have proxies: trustProxies([${peer}]), of onesocket/proxies, or turn send-proxy off there`;
  return failure("PROXY_PROTOCOL", `${peer} sent a PROXY protocol header, and is not in proxies: ${fix}`);
}

/** One that a proxy of ours has sent, and that can't be read. */
export function malformedPreamble(socket: NetSocket, what: string, bytes: Uint8Array): Failure {
  const peer = JSON.stringify(socket.remoteAddress ?? "");
  return failure(
    "PROXY_PROTOCOL",
    `the PROXY protocol header of ${peer} is malformed, ${what}: ${firstBytes(bytes).shown}`,
  );
}
