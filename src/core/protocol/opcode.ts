/** Of a message's frames after its first (RFC 6455 §5.2, as all of these). */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** What people call them. */
export const OPCODE_NAMES: Readonly<Record<number, string>> = {
  [CONTINUATION]: "CONTINUATION",
  [TEXT]: "TEXT",
  [BINARY]: "BINARY",
  [CLOSE]: "CLOSE",
  [PING]: "PING",
  [PONG]: "PONG",
};
