/**
 * Why an open connection failed: `close` is the code that it closes with (RFC 6455 §7.4.1, and 1012–1014 of the IANA
 * registry), `cause` and `fix` are one sentence each. 1006 is never sent: it is what this side reports.
 */
export const PROTOCOL_FAILURES = {
  FRAME_UNMASKED: {
    close: 1002,
    cause: "The client sent a frame without a mask.",
    fix: "Mask every frame that a client sends, with a fresh key.",
  },
  FRAME_MASKED: {
    close: 1002,
    cause: "The server sent a masked frame.",
    fix: "Send the server's frames without a mask.",
  },
  RSV_UNEXPECTED: {
    close: 1002,
    cause: "A frame had a reserved bit that no negotiated extension uses.",
    fix: "Compress or extend frames only after both sides agreed to it.",
  },
  OPCODE_INVALID: {
    close: 1002,
    cause: "A frame had a reserved opcode.",
    fix: "Use the opcodes 0, 1, 2, 8, 9 and 10 only.",
  },
  CONTROL_TOO_LONG: {
    close: 1002,
    cause: "A Close, Ping or Pong frame was longer than 125 bytes.",
    fix: "Keep the payload of control frames within 125 bytes.",
  },
  CONTROL_FRAGMENTED: {
    close: 1002,
    cause: "A Close, Ping or Pong frame was fragmented.",
    fix: "Send each control frame whole, with FIN.",
  },
  CONTINUATION_UNEXPECTED: {
    close: 1002,
    cause: "A continuation had no message to continue, or a message began inside an unfinished one.",
    fix: "Finish a fragmented message before the next one begins.",
  },
  LENGTH_NOT_MINIMAL: {
    close: 1002,
    cause: "A payload length was written in more bytes than it needs.",
    fix: "Write each length in its shortest form.",
  },
  CLOSE_CODE_INVALID: {
    close: 1002,
    cause: "A Close frame had a code that must not be sent.",
    fix: "Close with 1000–1003, 1007–1014 or 3000–4999.",
  },
  CLOSE_PAYLOAD_SHORT: {
    close: 1002,
    cause: "A Close frame had a payload of one byte.",
    fix: "Send no payload, or a code of two bytes and a reason.",
  },
  INVALID_UTF8: {
    close: 1007,
    cause: "A text message or a close reason was not UTF-8.",
    fix: "Send bytes that are not text as a binary message.",
  },
  POLICY: {
    close: 1008,
    cause: "The peer broke a rule of this endpoint.",
    fix: "See the endpoint's log for the rule.",
  },
  QUEUE_FULL: {
    close: 1008,
    cause: "Messages arrived faster than their handler finished.",
    fix: "Send more slowly, or make the handler faster.",
  },
  MESSAGE_TOO_BIG: {
    close: 1009,
    cause: "A message was over the limit of bytes or of fragments.",
    fix: "Send smaller messages, or raise limits.messageBytes.",
  },
  INTERNAL: {
    close: 1011,
    cause: "A handler threw.",
    fix: "See the error in the endpoint's log.",
  },
  GOING_AWAY: {
    close: 1001,
    cause: "The endpoint is shutting down, or the page was left.",
    fix: "Connect again.",
  },
  RESTART: {
    close: 1012,
    cause: "The endpoint restarts.",
    fix: "Connect again after a random delay.",
  },
  SLOW_CONSUMER: {
    close: 1013,
    cause: "The peer read more slowly than it was sent to, and limits.bufferedBytes was reached.",
    fix: "Read faster, send less, or raise limits.bufferedBytes.",
  },
  PING_TIMEOUT: {
    close: 1006,
    cause: "No Pong came in time: the peer or the path to it is gone.",
    fix: "Connect again, and look for a proxy that cuts idle connections.",
  },
} as const;

/** The stable name of a reason why an open connection failed. */
export type ProtocolFailureCode = keyof typeof PROTOCOL_FAILURES;
