#!/usr/bin/env bash
# playwright-core 1.65.1, Chromium 156 (run 2026-11-28, Linux x64; needs a Chromium: CHROMIUM, or Debian's): in a page whose WebSockets are routed a Blob arrives late, or never.
#
# Guessed: `page.routeWebSocket(url, (route) => route.connectToServer())` passes messages on in the order in which the page sent them, and all of them before its Close, as the page's own
# WebSocket does (WHATWG WebSockets §3.1).
# Seen: the class that Playwright puts in the place of the page's reads a Blob in the background, and nothing waits for that: what the page sends afterwards arrives first, and a Close that
# follows at once means that the Blob never arrives. `bufferedAmount` stays 0, and the event says `wasClean` with the page's code. So a test fails that has no fault, or a fault is looked for in the server.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund playwright-core@1.65.1 ws@8.23.0

cat > seen.mjs <<'JS'
import http from "node:http";
import { chromium } from "playwright-core";
import { WebSocketServer } from "ws";

const site = http.createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>a page</p>"));
const server = new WebSocketServer({ server: site });
await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
const { host } = new URL(`http://127.0.0.1:${site.address().port}`);

/** All that comes of the page's next socket, up to its Close. */
function arrives() {
  return new Promise((resolve) => {
    server.once("connection", (socket) => {
      const messages = [];
      socket.on("message", (data) => {
        messages.push(String(data));
        if (messages.length === 3) socket.send("all three");
      });
      socket.on("close", (code) => resolve(`${messages.join(", ")}; closed with ${code}`));
    });
  });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const isRouted of [false, true]) {
  const page = await browser.newPage();
  if (isRouted) await page.routeWebSocket(/.*/, (route) => void route.connectToServer());
  await page.goto(`http://${host}/`);
  const three = arrives();
  await page.evaluate(async (url) => {
    const socket = new WebSocket(url);
    await new Promise((open) => socket.addEventListener("open", open));
    const all = new Promise((message) => socket.addEventListener("message", message));
    socket.send("first");
    socket.send(new Blob(["a Blob"]));
    socket.send("last");
    await all;
    socket.close(4000);
  }, `ws://${host}/`);
  console.log(`${isRouted ? "routed" : "as it is"}: ${await three}`);
  const one = arrives();
  await page.evaluate(async (url) => {
    const socket = new WebSocket(url);
    await new Promise((open) => socket.addEventListener("open", open));
    socket.send("first");
    socket.send(new Blob(["a Blob"]));
    socket.close(4000);
  }, `ws://${host}/`);
  console.log(`${isRouted ? "routed" : "as it is"}, closed at once: ${await one}`);
}
await browser.close();
process.exit();
JS
node seen.mjs | tee seen.txt

expected="as it is: first, a Blob, last; closed with 4000
as it is, closed at once: first, a Blob; closed with 4000
routed: first, last, a Blob; closed with 4000
routed, closed at once: first; closed with 4000"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
