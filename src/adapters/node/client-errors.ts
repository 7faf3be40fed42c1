import type { Server } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { type Failure, failure } from "../../core/contract/failures.ts";
import type { Observer } from "../../core/contract/observer.ts";
import { firstBytes } from "../../core/protocol/first-bytes.ts";
import { signatureOf } from "../../core/upgrade/proxy-signature.ts";
import { isRejected, preambleFailure, rejectConnection, requestTimeout } from "./rejected.ts";

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Uint8Array };

/**
 * Answers and reports what Node's parser takes for no request: TLS, HTTP/2, SSH, frames, garbage, too many headers, none in time.
 * A server that has a `clientError` listener keeps it. Returns what ends it.
 */
export function answerClientErrors(server: Server, observe: Observer): () => void {
  if (server.listenerCount("clientError") > 0) return () => {};
  const onError = (error: ClientError, socket: NetSocket) => {
    if (isRejected(socket)) return;
    if (isHealthCheck(error, socket)) return void socket.destroy();
    const [reason, readable = false] = failureOf(error, socket);
    rejectConnection(socket, reason, readable, observe);
  };
  server.on("clientError", onError);
  return () => void server.off("clientError", onError);
}

/** `readable`: the peer could read an answer. */
function failureOf(
  { code, rawPacket, message }: ClientError,
  socket: NetSocket,
): readonly [reason: Failure, readable?: boolean] {
  if (code === "HPE_HEADER_OVERFLOW") return [failure("HEADERS_TOO_LARGE"), true];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [requestTimeout(), true];
  // OpenSSL shows no bytes, and nothing in clear can be answered once TLS has begun.
  const tls = TLS_ERRORS.find(([pattern]) => pattern.test(message))?.[1];
  if (tls) return [failure("DATA_BEFORE_HANDSHAKE", tls)];
  if (!rawPacket?.length) return [failure("CLIENT_GONE", message)];
  if (isPreamble(rawPacket)) return [preambleFailure(socket), true];
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

/** Whether these bytes begin a PROXY protocol header, be it cut off, as long as they can be nothing else. */
function isPreamble(bytes: Uint8Array): boolean {
  const { kind } = signatureOf(bytes);
  return kind !== "none" && (kind !== "partial" || bytes.length > 5);
}

const TLS_ERRORS: readonly (readonly [RegExp, string])[] = [
  [/http request/i, "an HTTP request: ws:// or http:// on a port with TLS"],
  [
    /wrong version number|unknown protocol|packet length/i,
    "bytes that are no TLS, on a port with TLS, such as a PROXY protocol header",
  ],
];
