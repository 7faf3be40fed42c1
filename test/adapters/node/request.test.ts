import fc from "fast-check";
import { expect, it } from "vitest";
import { type NodeRequest, requestUrl } from "../../../src/adapters/node/request.ts";

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

it("gives the URL as a URL parser writes it, of whatever Host and target, seen before or not", () => {
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
        expect(requestUrl(requestFor(host, `/${target}`))).toBe(new URL(`http://${host}/${target}`).href);
      }
    }),
    { numRuns: 2000 },
  );
});
