import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:tls";
import { freePort } from "../../helpers/programs.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { listen, type Patient, rawPatient, tlsPatient, wellBehaved } from "./lab.ts";

/** What no server answers, or by another protocol: the doctor's code, the scheme of its URL, and what is there. */
export const UNREACHED: readonly {
  readonly cause: string;
  readonly scheme: "ws" | "wss";
  readonly start: () => Promise<Patient>;
}[] = [
  { cause: "DNS_FAILED", scheme: "wss", start: async () => ({ host: "nobody.invalid", stop: async () => {} }) },
  { cause: "TCP_REFUSED", scheme: "ws", start: gone },
  { cause: "TLS_TO_PLAIN_PORT", scheme: "wss", start: () => listen(createHttpServer()) },
  { cause: "NOT_HTTP", scheme: "wss", start: () => rawPatient((socket) => socket.write("SSH-2.0-x\r\n")) },
  { cause: "PLAIN_TO_TLS_PORT", scheme: "ws", start: () => tlsPatient(wellBehaved()) },
  { cause: "CERT_INVALID", scheme: "wss", start: () => tlsPatient(wellBehaved()) },
  { cause: "TLS_FAILED", scheme: "wss", start: wantingCertificates },
  { cause: "HTTP2_ONLY", scheme: "ws", start: () => listen(createHttp2Server()) },
  { cause: "HTTP2_ONLY", scheme: "wss", start: () => listen(createSecureServer({ cert: CERTIFICATE, key: KEY })) },
];

async function gone(): Promise<Patient> {
  return { host: `127.0.0.1:${await freePort()}`, stop: async () => {} };
}

function wantingCertificates(): Promise<Patient> {
  const server = createTlsServer({ cert: CERTIFICATE, key: KEY, requestCert: true, rejectUnauthorized: true });
  return listen(server.on("tlsClientError", () => {}));
}
