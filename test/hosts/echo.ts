import { defineSocket } from "onesocket";
import { deflate } from "onesocket/deflate";

/** Sends every message back as it came. Its limits leave room for the largest messages of conformance suites. */
export default defineSocket({
  name: "echo",
  origins: "*",
  // Suites that count frames would find a Ping among them, now and then.
  heartbeat: false,
  limits: { messageBytes: 1 << 26, bufferedBytes: 1 << 28 },
  compression: deflate(),
  message: (socket, data) => void socket.send(data),
});
