import type { Symptom } from "../symptom.ts";

/** Frames and messages that one side does not take. */
export const FRAMES: readonly Symptom[] = [
  {
    codes: ["FRAME_MASKED"],
    what: "The server masked a frame.",
    says: {
      Chrome: "A server must not mask any frames",
      ws: "MASK must be clear",
      Node: "Frame cannot be masked",
      Bun: "unexpected mask from server",
    },
    note: "Deno does not look. A server that sends frames as a client does uses a library for clients.",
  },
  {
    codes: ["FRAME_UNMASKED"],
    what: "The client sent a frame without a mask.",
    says: { ws: "Invalid WebSocket frame: MASK must be set" },
  },
  {
    codes: ["FRAME_UNMASKED", "FRAME_MASKED"],
    what: "A frame was masked that must not be, or the other way round.",
    says: { gorilla: "websocket: {}bad MASK", Python: ["=incorrect masking", "(protocol error) incorrect masking"] },
    note: "A server says this of a client's frame without a mask, a client of a server's frame with one.",
  },
  {
    codes: ["RSV_UNEXPECTED", "HTTP_AFTER_101"],
    what: "A frame has a reserved bit set: it is compressed without an agreement, or it is no frame.",
    says: {
      Chrome: ["One or more reserved bits are on", "Received a compressed frame"],
      ws: ["RSV1 must be clear", "RSV2 and RSV3 must be clear"],
      Node: ["Expected RSV1 to be clear", "RSV1, RSV2, RSV3 must be clear"],
      Deno: "Reserved bits are not zero",
      gorilla: "websocket: RSV{} set",
      Python: "reserved bits must be 0",
      workerd: "compression bit was set, but the compression extension was not negotiated",
    },
    note: "Text behind the 101, such as an error page, reads as a frame with reserved bits.",
  },
  {
    codes: ["OPCODE_INVALID", "CONTINUATION_UNEXPECTED"],
    what: "A frame has an opcode that may not come here.",
    says: {
      Chrome: ["Unrecognized frame opcode", "Received unexpected continuation frame"],
      ws: "Invalid WebSocket frame: invalid opcode",
      Node: ["Invalid opcode received", "Expected continuation frame", "Unexpected continuation frame"],
      Bun: ["unsupported control frame", "Protocol error - unexpected opcode"],
      Deno: ["=Invalid value", "=Invalid continuation frame"],
      gorilla: ["websocket: {}bad opcode", "websocket: {}continuation after FIN", "websocket: {}data before FIN"],
      Python: ["=invalid opcode", "(protocol error) invalid opcode"],
    },
  },
  {
    codes: ["CONTROL_TOO_LONG", "CONTROL_FRAGMENTED", "CLOSE_PAYLOAD_SHORT", "LENGTH_NOT_MINIMAL", "HTTP_AFTER_101"],
    what: "A frame's header breaks the protocol.",
    says: {
      Chrome: ["Invalid frame header", "Received a broken close frame"],
      ws: ["Invalid WebSocket frame: invalid payload length", "Invalid WebSocket frame: FIN must be set"],
      Node: ["Control frame either too large or fragmented", "Invalid frame type was fragmented", "with a 1-byte body"],
      Bun: ["Protocol error - invalid control frame", "control frame is fragmented"],
      Deno: ["=Ping frame too large", "=Control frame must not be fragmented", "=Invalid close frame"],
      gorilla: ["websocket: {}FIN not set on control", "websocket: {}len > 125 for control"],
      Python: ["control frame too long", "fragmented control frame"],
    },
    note: "Chrome says `Invalid frame header` for all of these, and for text behind the 101, such as an error page.",
  },
  {
    codes: ["CLOSE_CODE_INVALID"],
    what: "A Close frame carries a code that must not be sent.",
    says: {
      ws: "Invalid WebSocket frame: invalid status code",
      Bun: "Protocol error - invalid close code",
      Deno: "=Invalid close code",
      gorilla: "websocket: {}bad close code",
      Python: ["=invalid status code", "(protocol error) invalid status code"],
    },
  },
  {
    codes: ["INVALID_UTF8"],
    what: "A text is not UTF-8.",
    says: {
      Chrome: "Could not decode a text frame as UTF-8",
      ws: "Invalid WebSocket frame: invalid UTF-8 sequence",
      Node: "Received invalid UTF-8 in text frame",
      Bun: "Server sent invalid UTF8",
      Deno: "=Invalid UTF-8",
    },
  },
  {
    codes: ["MESSAGE_TOO_BIG"],
    what: "A message is over the receiver's limit.",
    says: {
      ws: ["Max payload size exceeded", "Unsupported WebSocket frame: payload length > 2^53 - 1"],
      Node: ["Payload size exceeds maximum allowed size", "Received payload length > 2^31 bytes"],
      Bun: "=Message too big",
      Deno: "=Frame too large",
      gorilla: "websocket: read limit exceeded",
      Python: ["over size limit ({} bytes)", "(message too big) over size limit"],
    },
  },
];
