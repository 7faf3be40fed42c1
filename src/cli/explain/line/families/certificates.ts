import type { Symptom } from "../symptom.ts";

/** Certificates that one side does not trust. */
export const CERTIFICATES: readonly Symptom[] = [
  {
    codes: [],
    what: "The server does not trust the certificate that the client showed, or was shown none.",
    says: {
      nginx: ["client SSL certificate verify error", "client sent no required SSL certificate"],
      Go: ["tls: failed to verify client certificate", "tls: client didn't provide a certificate"],
    },
    note: "The server asks for a certificate of the client (mutual TLS): show one of the authority that it trusts.",
  },
  {
    codes: ["CERT_INVALID"],
    what: "A client of this server does not trust its certificate.",
    says: {
      nginx: [
        "alert certificate unknown{} while SSL handshaking, client",
        "alert bad certificate{} while SSL handshaking, client",
        "alert unknown ca{} while SSL handshaking, client",
      ],
      Go: [
        "TLS handshake error from {}: remote error: tls: bad certificate",
        "TLS handshake error from {}: remote error: tls: unknown certificate",
      ],
    },
    note: "This is the server's log: the client said so, and left.",
  },
  {
    codes: ["CERT_INVALID"],
    what: "The client does not trust the server's certificate.",
    says: {
      Chrome: "net::ERR_CERT_",
      libsoup: "=Unacceptable TLS certificate",
      Firefox: ["SEC_ERROR_UNKNOWN_ISSUER", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"],
      Safari: [
        "The certificate for this server is invalid",
        "OSStatus error -9807",
        "OSStatus error -9813",
        "OSStatus error -9814",
        "OSStatus error -9843",
      ],
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
      Go: ["x509: certificate", "x509: cannot validate certificate"],
      Python: "[SSL: CERTIFICATE_VERIFY_FAILED]",
      Java: [
        "PKIX path building failed",
        "Trust anchor for certification path not found",
        "No subject alternative names matching",
        "No subject alternative DNS name matching",
      ],
      okhttp: "SSLPeerUnverifiedException: Hostname {} not verified",
      "nv-websocket-client": "The certificate of the peer{} does not match the expected hostname",
      ".NET": "The remote certificate is invalid",
      Dart: "CERTIFICATE_VERIFY_FAILED",
      SocketRocket: "=Invalid server certificate",
      Qt: [
        "The host name did not match any of the valid hosts for this certificate",
        "The certificate is self-signed, and untrusted",
      ],
      "ESP-IDF": "mbedtls_ssl_handshake returned -0x2700",
      Godot: "TLS handshake error: -9984",
      nginx: ["upstream SSL certificate verify error", "certificate verify failed) while SSL handshaking to upstream"],
    },
  },
];
