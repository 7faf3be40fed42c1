/** Those that are not 1002, and all that a session fails by: what a runtime that frames by itself never tells is not here. */
const OTHERS = {
  INVALID_UTF8: 1007,
  DEFLATE_CORRUPT: 1007,
  POLICY: 1008,
  QUEUE_FULL: 1008,
  RATE_LIMITED: 1008,
  SLOW_PRODUCER: 1008,
  MESSAGE_TOO_BIG: 1009,
  INTERNAL: 1011,
  GOING_AWAY: 1001,
  RESTART: 1012,
  SLOW_CONSUMER: 1013,
  PING_TIMEOUT: 1006,
} as const;

const OF_FRAMES = {
  FRAME_UNMASKED: 1002,
  FRAME_MASKED: 1002,
  RSV_UNEXPECTED: 1002,
  OPCODE_INVALID: 1002,
  CONTROL_TOO_LONG: 1002,
  CONTROL_FRAGMENTED: 1002,
  CONTINUATION_UNEXPECTED: 1002,
  LENGTH_NOT_MINIMAL: 1002,
  CLOSE_CODE_INVALID: 1002,
  CLOSE_PAYLOAD_SHORT: 1002,
} as const;

/**
 * The code that a failed connection closes with (RFC 6455 §7.4.1, and 1012–1014 of the IANA registry), by why it failed.
 * 1006 is never sent: it is what this side reports. Apart from the texts, which few programs need.
 */
export const FAILURE_CLOSE: typeof OF_FRAMES & typeof OTHERS = /* @__PURE__ */ Object.assign({}, OF_FRAMES, OTHERS);

/** The same for one of them. */
export function closeCodeOf(failure: ProtocolFailureCode): number {
  return (OTHERS as Partial<Record<ProtocolFailureCode, number>>)[failure] ?? 1002;
}

/** The stable name of a reason why an open connection failed. */
export type ProtocolFailureCode = keyof typeof FAILURE_CLOSE;

/** Why an open connection failed, and what to do about it: one sentence each. */
export const PROTOCOL_FAILURES: Readonly<Record<ProtocolFailureCode, { cause: string; fix: string }>> = {
  FRAME_UNMASKED: {
    cause: "The client sent a frame without a mask.",
    fix: "Mask every frame that a client sends, with a fresh key.",
  },
  FRAME_MASKED: {
    cause: "The server sent a masked frame.",
    fix: "Send the server's frames without a mask.",
  },
  RSV_UNEXPECTED: {
    cause: "A frame had a reserved bit that no negotiated extension uses.",
    fix: "Compress or extend frames only after both sides agreed to it.",
  },
  OPCODE_INVALID: {
    cause: "A frame had a reserved opcode.",
    fix: "Use the opcodes 0, 1, 2, 8, 9 and 10 only.",
  },
  CONTROL_TOO_LONG: {
    cause: "A Close, Ping or Pong frame was longer than 125 bytes.",
    fix: "Keep the payload of control frames within 125 bytes.",
  },
  CONTROL_FRAGMENTED: {
    cause: "A Close, Ping or Pong frame was fragmented.",
    fix: "Send each control frame whole, with FIN.",
  },
  CONTINUATION_UNEXPECTED: {
    cause: "A continuation had no message to continue, or a message began inside an unfinished one.",
    fix: "Finish a fragmented message before the next one begins.",
  },
  LENGTH_NOT_MINIMAL: {
    cause: "A payload length was written in more bytes than it needs.",
    fix: "Write each length in its shortest form.",
  },
  CLOSE_CODE_INVALID: {
    cause: "A Close frame had a code that must not be sent.",
    fix: "Close with 1000–1003, 1007–1014 or 3000–4999.",
  },
  CLOSE_PAYLOAD_SHORT: {
    cause: "A Close frame had a payload of one byte.",
    fix: "Send no payload, or a code of two bytes and a reason.",
  },
  INVALID_UTF8: {
    cause: "A text message or a close reason was not UTF-8.",
    fix: "Send bytes that are not text as a binary message.",
  },
  DEFLATE_CORRUPT: {
    cause: "A compressed message could not be decompressed.",
    fix: "Compress each message as RFC 7692 §7.2.1 says, in the window and with the context takeover that were agreed to.",
  },
  POLICY: {
    cause: "The peer broke a rule of this endpoint.",
    fix: "See the endpoint's log for the rule.",
  },
  QUEUE_FULL: {
    cause: "Messages arrived faster than their handler finished.",
    fix: "Send more slowly, or make the handler faster.",
  },
  RATE_LIMITED: {
    cause: "More messages came in a second than limits.messagesPerSecond.",
    fix: "Send more slowly, put several things into one message, or raise the limit.",
  },
  MESSAGE_TOO_BIG: {
    cause: "A message was over the limit of bytes or of fragments.",
    fix: "Send smaller messages, or raise limits.messageBytes.",
  },
  INTERNAL: {
    cause: "A handler threw.",
    fix: "See the error in the endpoint's log.",
  },
  GOING_AWAY: {
    cause: "The endpoint is shutting down, or the page was left.",
    fix: "Connect again.",
  },
  RESTART: {
    cause: "The endpoint restarts.",
    fix: "Connect again after a random delay.",
  },
  SLOW_PRODUCER: {
    cause:
      "A message that had begun came in more slowly than limits.receiveRate, or took its part of limits.bufferedTotal.",
    fix: "Send a message without long breaks in it, or lower limits.receiveRate.",
  },
  SLOW_CONSUMER: {
    cause:
      "The peer read more slowly than it was sent to: limits.bufferedBytes was reached, or all sockets together reached limits.bufferedTotal.",
    fix: "Read faster, send less, or raise the limit.",
  },
  PING_TIMEOUT: {
    cause:
      "No answer to a ping, or on a Durable Object no `heartbeat.text.ping`, came in time: the peer or the path to it is gone.",
    fix: "Connect again, and look for a proxy that cuts idle connections.",
  },
};
