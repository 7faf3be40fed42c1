import process from "node:process";

/** Sends text and bytes through the runtime's own WebSocket, and prints what came back and how the connection ended. */
const socket = new WebSocket(process.argv[2]!);
socket.binaryType = "arraybuffer";
const messages: unknown[] = [];

socket.addEventListener("open", () => {
  socket.send("häi");
  socket.send(new Uint8Array([0, 127, 255]));
});
socket.addEventListener("message", ({ data }) => {
  messages.push(typeof data === "string" ? data : [...new Uint8Array(data as ArrayBuffer)]);
  if (messages.length === 2) socket.close(1000, "done");
});
socket.addEventListener("close", ({ code, wasClean }) => console.log(JSON.stringify({ messages, code, wasClean })));
