import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { type Failure, failure, failureText } from "../../core/contract/failures.ts";
import { type Observer, tell } from "../../core/contract/observer.ts";
import { firstBytes } from "../../core/protocol/first-bytes.ts";

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Uint8Array };

/**
 * Answers and reports what comes to the port and is no request: TLS, HTTP/2, SSH, frames, garbage, too many headers, none
 * in time. A server that has a `clientError` listener keeps it. Returns what ends it.
 */
export function takeStrays(server: Server, observe: Observer): () => void {
  if (server.listenerCount("clientError") > 0) return () => {};
  const onError = (error: ClientError, socket: NetSocket) => {
    const { reason, status, readable } = strayOf(error);
    tell(observe, { type: "refused", definition: "", failure: reason, status });
    if (readable && socket.writable) socket.end(answer(reason, status), () => socket.destroy());
    else socket.destroy();
  };
  server.on("clientError", onError);
  return () => void server.off("clientError", onError);
}

interface Stray {
  readonly reason: Failure;
  readonly status: number;
  /** Whether the peer could read an answer. */
  readonly readable: boolean;
}

function strayOf({ code, rawPacket, message }: ClientError): Stray {
  if (code === "HPE_HEADER_OVERFLOW") return { reason: failure("HEADERS_TOO_LARGE"), status: 431, readable: true };
  // A slow client, where the code's own status is that of a slow hook.
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return { reason: failure("HANDSHAKE_TIMEOUT", "no whole request in time"), status: 408, readable: true };
  }
  // OpenSSL shows no bytes, and nothing in clear can be answered once TLS has begun.
  const tls = TLS_STRAYS.find(([pattern]) => pattern.test(message))?.[1];
  if (tls) return { reason: failure("DATA_BEFORE_HANDSHAKE", tls), status: 400, readable: false };
  if (!rawPacket?.length) return { reason: failure("CLIENT_GONE", message), status: 499, readable: false };
  const { looksLike, readsHttp, shown } = firstBytes(rawPacket);
  const reason = failure("DATA_BEFORE_HANDSHAKE", `${looksLike}: ${shown}`);
  return { reason, status: 400, readable: readsHttp };
}

const TLS_STRAYS: readonly (readonly [RegExp, string])[] = [
  [/http request/i, "an HTTP request: ws:// or http:// on a port with TLS"],
  [/wrong version number|unknown protocol|packet length/i, "bytes that are no TLS, on a port with TLS"],
];

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
