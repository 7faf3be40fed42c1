import process from "node:process";

/** Connects to each target with the runtime's own WebSocket, and prints as JSON what it told of each. */
const targets: Record<string, { url: string; protocols: string[] }> = JSON.parse(process.argv[2]!);
const told: Record<string, string[]> = {};

for (const [name, { url, protocols }] of Object.entries(targets)) {
  const lines: string[] = [];
  told[name] = lines;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = protocols.length > 0 ? new WebSocket(url, protocols) : new WebSocket(url);
  socket.addEventListener("error", (event) => {
    if ("message" in event) lines.push(String(event.message));
  });
  socket.addEventListener("close", ({ code }) => {
    lines.push(`close ${code}`);
    resolve();
  });
  await promise;
}
console.log(JSON.stringify(told));
