import type { Socket as NetSocket } from "node:net";
import { type Failure, failure, failureText, textsOf } from "../../core/contract/failures.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import { builtin } from "./builtin.ts";
import { endSoon } from "./ending.ts";
import { isIntroduced } from "./introduced.ts";
import { answersOn, pendingOn } from "./pending.ts";

/** No whole request came in time. */
export function tooLate(): Failure {
  return failure("HANDSHAKE_TIMEOUT", "no whole request in time");
}

/** Of a client that is slow, where the code's own status is that of a hook. */
function statusOf({ code }: Failure): number {
  return code === "HANDSHAKE_TIMEOUT" ? 408 : textsOf(code)[0];
}

const answered = new WeakSet<NetSocket>();

/** Whether a connection was answered already: what it sends after that is not told again. */
export function isAnswered(socket: NetSocket): boolean {
  return answered.has(socket);
}

/**
 * Tells of what is no request, answers it, if its peer could read that, and ends the connection: in its turn, when others wait for
 * their answers there, for it would stand before them, or among the bytes of one.
 */
export function answerStray(socket: NetSocket, reason: Failure, readable: boolean, observe: Observer): void {
  const status = statusOf(reason);
  tell(observe, { type: "refused", definition: "", failure: reason, status });
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
  const head = `HTTP/1.1 ${status} ${builtin("http").STATUS_CODES[status]}\r\nConnection: close`;
  return `${head}\r\nContent-Type: text/plain; charset=utf-8\r\nOnesocket-Failure: ${code}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A PROXY protocol header that nobody who is believed has sent, or `malformed` one of a proxy of ours. */
export function refusedPreamble(socket: NetSocket, malformed?: string): Failure {
  const peer = JSON.stringify(socket.remoteAddress ?? "");
  return failure(
    "PROXY_PROTOCOL",
    malformed ? `the PROXY protocol header of ${peer} is malformed, ${malformed}` : foreign(socket, peer),
  );
}

function foreign(socket: NetSocket, peer: string): string {
  if (isIntroduced(socket)) return "behind a proxy's PROXY protocol header came another one, which is not believed";
  return `${peer} sent a PROXY protocol header, and is not in proxies: if it is a proxy of yours, let the server have proxies: trustProxies([${peer}]), of onesocket/proxies, or turn send-proxy off there`;
}
