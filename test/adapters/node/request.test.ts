import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type NodeRequest, requestUrl, writeBody } from "../../../src/adapters/node/request.ts";

function requestFor(host: string, url: string): NodeRequest {
  return {
    method: "GET",
    url,
    httpVersion: "1.1",
    httpVersionMajor: 1,
    headers: { host },
    rawHeaders: [],
    socket: undefined,
  };
}

it("gives the URL as a URL parser writes it, of whatever Host and target, seen before or not, but for a backslash", () => {
  const hosts = [
    "a.example",
    "A.example",
    "a.example:80",
    "a.example:81",
    "127.1",
    "127.0.0.1:3000",
    "[::1]:80",
    "u@a",
  ];
  const unit = fc.constantFrom(..."/.%2eE\\?#a&=b '\"<>^`{}|~é:;@!$()*,+[]\t-_");
  fc.assert(
    fc.property(fc.constantFrom(...hosts), fc.array(fc.string({ unit }), { maxLength: 4 }), (host, targets) => {
      for (const target of targets) {
        const path = target.replace(/^[^?#]*/, (text) => text.replaceAll("\\", "%5C"));
        const told = requestUrl(requestFor(host, `/${target}`));
        expect(told).toBe(new URL(`http://${host === "u@a" ? "localhost" : host}/${path}`).href);
      }
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ["a/admin?", "/chat", "http://localhost/chat"],
  ["a\\admin", "/chat", "http://localhost/chat"],
  ["a#", "/chat?i=1", "http://localhost/chat?i=1"],
  ["a:port", "/chat", "http://localhost/chat"],
  ["", "/chat", "http://localhost/chat"],
  ["a.example", "//evil.example/chat", "http://a.example//evil.example/chat"],
  ["a.example", "/public\\..\\admin", "http://a.example/public%5C..%5Cadmin"],
  ["a.example", "/chat?\\", "http://a.example/chat?\\"],
  ["a.example", "http://b.example/chat?i=1", "http://b.example/chat?i=1"],
  ["a.example", "HTTPS://b.example:81?i=1", "http://b.example:81/?i=1"],
  ["a.example", "http://user:word@b.example/chat", "http://localhost/chat"],
  ["a.example", "http://b.example\\@c.example/chat", "http://localhost/chat"],
  ["a.example", "ftp://b.example/chat", "http://b.example/chat"],
  ["a.example", "javascript:alert(1)", "http://a.example/javascript:alert(1)"],
  ["a.example", "*", "http://a.example/*"],
  ["a.example", "chat", "http://a.example/chat"],
])("of the Host %j and the target %j makes %j", (host, target, url) => {
  expect(requestUrl(requestFor(host, target))).toBe(url);
});

it.each([
  ["without a body", null],
  ["with one", "so far"],
] as const)(
  "rejects, and waits for nobody, when an answer %s is to be written to a client that has gone",
  async (_, body) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
    const gone = once(response, "close");
    client.destroy();
    await gone;
    await expect(writeBody(new Response(body).body, response)).rejects.toThrow();
    server.close();
  },
);
