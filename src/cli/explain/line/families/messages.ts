import type { Symptom } from "../symptom.ts";

/** Messages that one side does not take, whatever their frames. */
export const MESSAGES: readonly Symptom[] = [
  {
    codes: ["INVALID_UTF8"],
    what: "A text is not UTF-8.",
    says: {
      Chrome: "Could not decode a text frame as UTF-8",
      ws: "Invalid WebSocket frame: invalid UTF-8 sequence",
      Node: "Received invalid UTF-8 in text frame",
      Bun: "Server sent invalid UTF8",
      Deno: "=Invalid UTF-8",
      gorilla: "websocket: invalid utf8 payload in close frame",
      tungstenite: "UTF-8 encoding error",
      aiohttp: "1007>, 'Invalid UTF-8 text message",
      Netty: "CorruptedWebSocketFrameException: bytes are not UTF-8",
      Tomcat: "A WebSocket text frame was received that could not be decoded to UTF-8",
      Starscream: "not valid UTF-8 data",
      SocketRocket: "Text frames must be valid UTF-8",
      Qt: "Invalid UTF-8 code encountered",
    },
  },
  {
    codes: ["DEFLATE_CORRUPT"],
    what: "A compressed message could not be decompressed.",
    says: {
      ".NET": "The stream state of the underlying compression routine is inconsistent",
      "nv-websocket-client": "Failed to decompress the message",
      Starscream: "Error on decompressing",
      gorilla: "websocket: internal error, unexpected bytes at end of flate stream",
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
      "coder/websocket": ["read limited at {} bytes", "websocket: message too big"],
      tungstenite: "Space limit exceeded: Message too {}",
      websockets: ["over size limit ({} bytes)", "(message too big) over size limit", "(message too big) frame"],
      aiohttp: "Message size {} exceeds limit",
      Netty: "Max frame length of {} has been exceeded",
      Tomcat: "The decoded text message was too big for the output buffer",
      "nv-websocket-client": "The payload length of a frame exceeds the maximum array size in Java",
      SocketRocket: "=Message too big",
      Workerman: ["error package. package_length=", "WebSocket inflate data exceeds maxPackageSize limit"],
      Swoole: "websocket frame is too big",
      Qt: ["Received message is too big", "Maximum framesize exceeded"],
      Unity: "The payload data of a frame is too big",
    },
    note: "Workerman's limit is TcpConnection::$maxPackageSize; what is no frame reads as one of any length, too.",
  },
];
