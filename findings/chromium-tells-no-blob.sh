#!/usr/bin/env bash
# Chromium 156 with playwright-core 1.65.1 (run 2026-11-28, Linux x64; needs a Chromium: CHROMIUM, or Debian's): a Blob that a page sends has no bytes in DevTools, and is nowhere in Playwright.
#
# Guessed: `framesent` of Playwright, and `_webSocketMessages` of the HAR that it records, have every message in its order, with its bytes.
# Seen: the DevTools protocol tells a Blob as a binary frame without payload, whatever it holds, as if it were empty; the server gets its bytes. Playwright leaves out whatever has no payload:
# Blobs sent, and empty messages of either side. A test that counts frames, or a HAR that is played back, lacks them without a word. `send(await blob.arrayBuffer())` is told as it is.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund playwright-core@1.65.1 ws@8.23.0

cat > seen.mjs <<'JS'
import { readFileSync } from "node:fs";
import http from "node:http";
import { chromium } from "playwright-core";
import { WebSocketServer } from "ws";

const arrived = [];
const site = http.createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>a page</p>"));
const server = new WebSocketServer({ server: site });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    arrived.push(String(data));
    if (String(data) === "last") socket.close(1000);
  });
  for (const message of ["one", "", "two"]) socket.send(message);
});
await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
const { host } = new URL(`http://127.0.0.1:${site.address().port}`);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ recordHar: { path: "seen.har" } });
const page = await context.newPage();
const devtools = await context.newCDPSession(page);
const protocol = [];
await devtools.send("Network.enable");
const closed = new Promise((resolve) => devtools.on("Network.webSocketClosed", resolve));
devtools.on("Network.webSocketFrameSent", ({ response }) => response.opcode < 8 && protocol.push([response.opcode, response.payloadData]));
const events = { framesent: [], framereceived: [] };
page.on("websocket", (socket) => {
  for (const event of Object.keys(events)) socket.on(event, ({ payload }) => events[event].push(String(payload)));
});
await page.goto(`http://${host}/`);
const got = await page.evaluate(
  (url) =>
    new Promise((resolve) => {
      const messages = [];
      const socket = new WebSocket(url);
      socket.onmessage = ({ data }) => messages.push(data);
      socket.onopen = async () => {
        const blob = new Blob(["bytes of a Blob"]);
        socket.send("first");
        socket.send("");
        socket.send(blob);
        socket.send(await blob.arrayBuffer());
        socket.send("last");
      };
      socket.onclose = () => resolve(messages);
    }),
  `ws://${host}/`,
);
await closed;
await context.close();
await browser.close();
const { log } = JSON.parse(readFileSync("seen.har"));
const entry = log.entries.find(({ _webSocketMessages }) => _webSocketMessages);
const inHar = (type) => entry._webSocketMessages.filter((one) => one.type === type && one.opcode < 8).map(({ opcode, data }) => (opcode === 2 ? atob(data) : data));
const say = (what, messages) => console.log(`${what}: ${JSON.stringify(messages)}`);
say("the server got", arrived);
say("DevTools: sent", protocol.map(([opcode, data]) => (opcode === 2 ? `binary: ${atob(data)}` : data)));
say("Playwright: sent", events.framesent);
say("HAR: sent", inHar("send"));
say("the page got", got);
say("Playwright: received", events.framereceived);
say("HAR: received", inHar("receive"));
process.exit();
JS
node seen.mjs | tee seen.txt

expected='the server got: ["first","","bytes of a Blob","bytes of a Blob","last"]
DevTools: sent: ["first","","binary: ","binary: bytes of a Blob","last"]
Playwright: sent: ["first","bytes of a Blob","last"]
HAR: sent: ["first","bytes of a Blob","last"]
the page got: ["one","","two"]
Playwright: received: ["one","two"]
HAR: received: ["one","two"]'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
