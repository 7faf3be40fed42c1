import type { Symptom } from "../symptom.ts";

/** TLS where there is none, none where there is TLS, and certificates. */
export const TLS: readonly Symptom[] = [
  {
    codes: ["PLAIN_TO_TLS_PORT"],
    what: "A request without TLS reached a port that speaks TLS.",
    says: {
      nginx: [
        "client sent plain HTTP request to HTTPS port",
        "The plain HTTP request was sent to HTTPS port",
        "SSL routines:{}:http request) while SSL handshaking, client",
      ],
      Apache: "You're speaking plain HTTP to an SSL-enabled server port",
      Go: ["Client sent an HTTP request to an HTTPS server", 'malformed HTTP response "\\x15\\x03'],
    },
  },
  {
    codes: ["PLAIN_TO_TLS_PORT"],
    what: "What a client sent to a port that speaks TLS was no TLS.",
    says: {
      nginx: "wrong version number) while SSL handshaking, client",
      Go: "TLS handshake error from {}: tls: first record does not look like a TLS handshake",
    },
    note: "This is the server's log: a client, a proxy or a health check speaks to its TLS port without TLS.",
  },
  {
    codes: ["HTTP2_ONLY"],
    what: "The server answered a request of HTTP/1.1 in HTTP/2.",
    says: { Go: 'malformed HTTP response "\\x00\\x00' },
  },
  {
    codes: ["TLS_TO_PLAIN_PORT"],
    what: "TLS was begun, and what came back is no TLS: usually the port does not speak it.",
    says: {
      Firefox: "SSL_ERROR_RX_RECORD_TOO_LONG",
      Bun: "WRONG_VERSION_NUMBER",
      ws: ["EPROTO {}wrong version number", "EPROTO {}packet length too long"],
      Deno: "received corrupt message of type InvalidContentType",
      curl: "(35) {}wrong version number",
      Go: ["first record does not look like a TLS handshake", "server gave HTTP response to HTTPS client"],
      nginx: "wrong version number) while SSL handshaking to upstream",
    },
  },
  {
    codes: ["TLS_TO_PLAIN_PORT", "TLS_FAILED"],
    what: "TLS failed: usually the port does not speak it.",
    says: { Chrome: "net::ERR_SSL_PROTOCOL_ERROR", Deno: "InvalidContentType" },
  },
  {
    codes: ["TLS_FAILED"],
    what: "The two did not come together over TLS: the other side ended it, or did not answer.",
    says: {
      nginx: [
        "timed out) while SSL handshaking to upstream",
        "peer closed connection in SSL handshake{} while SSL handshaking to upstream",
        "unrecognized name{} while SSL handshaking to upstream",
      ],
      Go: [
        "net/http: TLS handshake timeout",
        "remote error: tls: handshake failure",
        "remote error: tls: unrecognized name",
      ],
      Chrome: "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
    },
    note: "With nginx the upstream often wants the name of the host: proxy_ssl_server_name on; and proxy_ssl_name.",
  },
  {
    codes: [],
    what: "The server does not trust the certificate that the client showed.",
    says: {
      nginx: ["client SSL certificate verify error", "client sent no required SSL certificate"],
      Go: "tls: failed to verify client certificate",
    },
    note: "The server asks for a certificate of the client (mutual TLS): show one of the authority that it trusts.",
  },
  {
    codes: ["CERT_INVALID"],
    what: "The client does not trust the server's certificate.",
    says: {
      Chrome: "net::ERR_CERT_",
      Firefox: ["SEC_ERROR_UNKNOWN_ISSUER", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"],
      Safari: "The certificate for this server is invalid",
      ws: [
        "unable to verify the first certificate",
        "self-signed certificate",
        "certificate has expired",
        "does not match certificate's altnames",
        "unable to get local issuer certificate",
      ],
      Bun: "self signed certificate",
      Deno: "invalid peer certificate",
      curl: "SSL certificate problem",
      Go: [
        "x509: certificate",
        "x509: cannot validate certificate",
        "TLS handshake error from {}: remote error: tls: bad certificate",
        "TLS handshake error from {}: remote error: tls: unknown certificate",
      ],
      Python: "CERTIFICATE_VERIFY_FAILED",
      nginx: "upstream SSL certificate verify error",
    },
  },
];
