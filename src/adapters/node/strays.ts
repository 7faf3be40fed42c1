import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { type Failure, failure } from "../../core/contract/failures.ts";
import type { Observer } from "../../core/contract/observer.ts";
import { firstBytes } from "../../core/protocol/first-bytes.ts";
import { signatureOf } from "../../core/upgrade/proxy-signature.ts";
import { answerStray, isAnswered, refusedPreamble, tooLate } from "./stray.ts";

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Uint8Array };

/**
 * Answers and reports what comes to the port and is no request: TLS, HTTP/2, SSH, frames, garbage, too many headers, none
 * in time. A server that has a `clientError` listener keeps it. Returns what ends it.
 */
export function takeStrays(server: Server, observe: Observer): () => void {
  if (server.listenerCount("clientError") > 0) return () => {};
  const onError = (error: ClientError, socket: NetSocket) => {
    if (isAnswered(socket)) return;
    if (isHealthCheck(error, socket)) return void socket.destroy();
    const [reason, readable = false] = strayOf(error, socket);
    answerStray(socket, reason, readable, observe);
  };
  server.on("clientError", onError);
  return () => void server.off("clientError", onError);
}

/** `readable`: the peer could read an answer. */
type Stray = readonly [reason: Failure, readable?: boolean];

function strayOf({ code, rawPacket, message }: ClientError, socket: NetSocket): Stray {
  if (code === "HPE_HEADER_OVERFLOW") return [failure("HEADERS_TOO_LARGE"), true];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [tooLate(), true];
  // OpenSSL shows no bytes, and nothing in clear can be answered once TLS has begun.
  const tls = TLS_STRAYS.find(([pattern]) => pattern.test(message))?.[1];
  if (tls) return [failure("DATA_BEFORE_HANDSHAKE", tls)];
  if (!rawPacket?.length) return [failure("CLIENT_GONE", message)];
  if (isPreamble(rawPacket)) return [refusedPreamble(socket), true];
  const { looksLike, readsHttp, shown } = firstBytes(rawPacket);
  return [failure("DATA_BEFORE_HANDSHAKE", `${looksLike}: ${shown}`), readsHttp];
}

/**
 * Somebody looked whether the port is open, and was gone again: a load balancer does so every other second. One that resets
 * its connection before it is accepted leaves no address of a peer to go by, only its PROXY protocol header.
 */
function isHealthCheck({ code, rawPacket }: ClientError, socket: NetSocket): boolean {
  if (!rawPacket?.length) return code === "ECONNRESET" && socket.bytesRead === 0;
  return isPreamble(rawPacket) && socket.remoteAddress === undefined && socket.localAddress !== undefined;
}

/** Cut off or not, as long as it can be nothing else. */
function isPreamble(bytes: Uint8Array): boolean {
  const { kind } = signatureOf(bytes);
  return kind !== "none" && (kind !== "partial" || bytes.length > 5);
}

const TLS_STRAYS: readonly (readonly [RegExp, string])[] = [
  [/http request/i, "an HTTP request: ws:// or http:// on a port with TLS"],
  [
    /wrong version number|unknown protocol|packet length/i,
    "bytes that are no TLS, on a port with TLS, such as a PROXY protocol header",
  ],
];
