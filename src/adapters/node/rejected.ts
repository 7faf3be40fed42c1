import type { Socket as NetSocket } from "node:net";
import { type Failure, failure, failureText, textsOf } from "../../core/contract/failures.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import { builtin } from "./builtin.ts";
import { endSoon } from "./ending.ts";
import { answersOn, currentResponse } from "./pending.ts";
import { isPeerSet } from "./proxied-peer.ts";

/** No whole request came in time. */
export function requestTimeout(): Failure {
  return failure("HANDSHAKE_TIMEOUT", "no whole request in time");
}

/** 408 is a slow client's: the code's own status says that a hook was slow. */
function statusOf({ code }: Failure): number {
  return code === "HANDSHAKE_TIMEOUT" ? 408 : textsOf(code)[0];
}

const rejected = new WeakSet<NetSocket>();

/** Whether a connection was rejected already: what it sends after that is not told again. */
export function isRejected(socket: NetSocket): boolean {
  return rejected.has(socket);
}

/**
 * Rejects a connection for what is no request: tells of it, answers it, if its peer could read that, and ends it. Where requests before it
 * wait for their answers it waits for those, since ours would stand before them, or among the bytes of one.
 */
export function rejectConnection(socket: NetSocket, reason: Failure, readable: boolean, observe: Observer): void {
  const status = statusOf(reason);
  tell(observe, { type: "refused", definition: "", failure: reason, status });
  rejected.add(socket);
  if (socket.listenerCount("error") === 0) socket.on("error", () => {});
  const send = () => {
    // An answer has begun that can't be finished: the rest of its request will not come.
    if (!readable || !socket.writable || currentResponse(socket)?.headersSent) return void socket.destroy();
    socket.write(answerText(reason, status));
    endSoon(socket, 1000);
  };
  const before = answersOn(socket);
  if (!before) send();
  // The answer to the last request of a connection ends it.
  else before.then(() => socket.writableEnded || send()).catch(() => socket.destroy());
}

function answerText({ code }: Failure, status: number): string {
  const body = failureText(code);
  const head = `HTTP/1.1 ${status} ${builtin("http").STATUS_CODES[status]}\r\nConnection: close`;
  return `${head}\r\nContent-Type: text/plain; charset=utf-8\r\nOnesocket-Failure: ${code}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A PROXY protocol header that nobody who is believed has sent, or `malformed` one of a proxy of ours. */
export function preambleFailure(socket: NetSocket, malformed?: string): Failure {
  const peer = JSON.stringify(socket.remoteAddress ?? "");
  return failure(
    "PROXY_PROTOCOL",
    malformed ? `the PROXY protocol header of ${peer} is malformed, ${malformed}` : foreign(socket, peer),
  );
}

function foreign(socket: NetSocket, peer: string): string {
  if (isPeerSet(socket)) return "behind a proxy's PROXY protocol header came another one, which is not believed";
  return `${peer} sent a PROXY protocol header, and is not in proxies: if it is a proxy of yours, let the server have proxies: trustProxies([${peer}]), of onesocket/proxies, or turn send-proxy off there`;
}
