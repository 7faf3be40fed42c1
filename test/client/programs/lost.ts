import { connect } from "onesocket/client";

/** Prints what becomes of its connection, and what it hears. For Node, Bun and Deno; the URL is the argument. */
const { Deno } = globalThis as { Deno?: { args: string[] } };
const socket = connect((Deno?.args ?? process.argv.slice(2))[0]!, {
  heartbeat: { everyMs: 500, timeoutMs: 5_000 },
  backoff: { firstMs: 200, longestMs: 500 },
  openMs: 3_000,
});
socket.addEventListener("status", () => {
  const { state, recovered, failure } = socket.status;
  console.log(`${state} ${failure?.code ?? ""}${recovered ?? ""}`.trim());
});
socket.on("said", (text) => console.log(`said ${text}`));
await socket.request("say", "hello");
console.log("ready 0");
