import type { Symptom } from "../symptom.ts";

/** TLS where there is none, and none where there is TLS. */
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
      Python: "[SSL: HTTP_REQUEST] http request",
      Netty: "not an SSL/TLS record: 474554{}",
      Tomcat: "This combination of host and port requires TLS",
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
    codes: [],
    what: "A client agreed to HTTP/2 by ALPN, and then sent a request of HTTP/1.1: the server ended the connection.",
    says: { Go: "http2: server: error reading preface from client{}bogus greeting" },
    note: "This is the server's log. Usual of a proxy that offers h2 to its server and sends upgrades in HTTP/1.1: let it offer http/1.1 alone there.",
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
      Python: "[SSL: WRONG_VERSION_NUMBER]",
      libsoup: "Error performing TLS handshake: An unexpected TLS packet was received",
      Netty: "not an SSL/TLS record: 48545450{}",
      Dart: "Handshake error in client (OS Error: {}WRONG_VERSION_NUMBER",
      Qt: "Error during SSL handshake: {}wrong version number",
      nginx: "wrong version number) while SSL handshaking to upstream",
    },
  },
  {
    codes: ["TLS_TO_PLAIN_PORT", "PLAIN_TO_TLS_PORT"],
    what: "One side spoke TLS, and the other did not.",
    says: {
      Java: ["Unrecognized SSL message, plaintext connection?", "Unsupported or unrecognized SSL message"],
      Netty: "not an SSL/TLS record: {}",
      ".NET": "Cannot determine the frame size or a corrupted frame was received",
    },
    note: "In a client: the port speaks no TLS. In a server's log: a client came to its TLS port without TLS.",
  },
  {
    codes: ["TLS_TO_PLAIN_PORT", "TLS_FAILED"],
    what: "TLS failed: usually the port does not speak it.",
    says: {
      Chrome: "net::ERR_SSL_PROTOCOL_ERROR",
      Deno: "InvalidContentType",
      "ESP-IDF": "mbedtls_ssl_handshake returned -0x7200",
      libwebsockets: "CLIENT_CONNECTION_ERROR{}connect SSL err",
      Godot: "TLS handshake error: -29184",
    },
  },
  {
    codes: ["TLS_FAILED"],
    what: "The two did not come together over TLS: the other side ended it, or did not answer.",
    says: {
      nginx: [
        "timed out) while SSL handshaking to upstream",
        "peer closed connection in SSL handshake{} while SSL handshaking to upstream",
        "unrecognized name{} while SSL handshaking to upstream",
        "alert handshake failure{} while SSL handshaking to upstream",
        "SSL alert number {} while SSL handshaking to upstream",
      ],
      Go: [
        "net/http: TLS handshake timeout",
        "remote error: tls: handshake failure",
        "remote error: tls: unrecognized name",
      ],
      Java: "SSLHandshakeException: Received fatal alert: handshake_failure",
      Chrome: "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
      iOS: "CFNetwork SSLHandshake failed (",
    },
    note: "With nginx the upstream often wants the name of the host: proxy_ssl_server_name on; and proxy_ssl_name.",
  },
];
