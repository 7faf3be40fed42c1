/** The opcodes of RFC 6455 §5.2. This one is of the frames of a message after its first. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The opcodes' names. */
export const OPCODE_NAMES: Readonly<Record<number, string>> = {
  [CONTINUATION]: "CONTINUATION",
  [TEXT]: "TEXT",
  [BINARY]: "BINARY",
  [CLOSE]: "CLOSE",
  [PING]: "PING",
  [PONG]: "PONG",
};
