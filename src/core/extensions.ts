/** An extension that both sides agreed to (RFC 6455 §9). So far it only claims its reserved bits. */
export interface Extension {
  /** The token of Sec-WebSocket-Extensions, such as `permessage-deflate`. */
  readonly name: string;
  /** The RSV bits that it may set on the first frame of a message: 0x40, 0x20, 0x10 or their sum. */
  readonly rsv: number;
}

/** Every RSV bit that some extension claims. */
export function claimedRsv(extensions: readonly Extension[]): number {
  return extensions.reduce((bits, { rsv }) => bits | rsv, 0);
}
