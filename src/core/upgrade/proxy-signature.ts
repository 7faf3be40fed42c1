/** What the first bytes of a connection are, as to the PROXY protocol (haproxy.org, proxy-protocol.txt, versions 1 and 2). */
export type Preamble =
  /** Something else: what comes is the client's own. */
  | { readonly kind: "none" }
  /** It can't be told yet: more bytes are needed. */
  | { readonly kind: "partial" }
  /** A header, of a sender whom nobody believes. */
  | { readonly kind: "foreign" }
  /** `what`: what is wrong with it, and its first bytes. */
  | { readonly kind: "malformed"; readonly what: string }
  | {
      readonly kind: "header";
      /** Bytes of the header; the client's begin behind it. */
      readonly length: number;
      /** Whom the proxy speaks for; undefined where it speaks for itself (`LOCAL`, `UNKNOWN`), or for no TCP client. */
      readonly source: Source | undefined;
    };

/** Reads the first bytes of a connection: all that have come so far, and all that will come where it has ended. Never throws. */
export type ReadPreamble = (bytes: Uint8Array, ended?: boolean) => Preamble;

/** The client's end of the connection that a proxy passes on. */
export interface Source {
  /** IPv4-mapped IPv6 as IPv4, IPv6 in the form of RFC 5952. */
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** What versions 1 and 2 begin with. */
const SIGNATURES = ["PROXY ", "\r\n\r\n\0\r\nQUIT\n"];

/** Whether a header begins here, for who does not believe it. */
export function signatureOf(bytes: Uint8Array): Preamble {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (SIGNATURES.some((signature) => text.startsWith(signature))) return { kind: "foreign" };
  return { kind: SIGNATURES.some((signature) => signature.startsWith(text)) ? "partial" : "none" };
}
