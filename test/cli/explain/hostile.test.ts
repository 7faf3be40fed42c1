import { describe, it } from "vitest";
import { reported } from "./reported.ts";

/** What patterns stumble over when it comes again and again in one line. */
const PIECES = [
  "ff",
  "a ",
  '"',
  '"\\x',
  "{[(",
  ".",
  "a-",
  "a:",
  "a.b > ",
  " ",
  "1",
  "0x1,",
  "a=",
  "?a",
  "&key",
  "ws://",
  "ws://a@",
  "\\",
  "cookie: ",
  "token",
  "GET ",
  "Buffer:16 ",
  "Uint8Array(5) [ ",
  '{"a":',
  "\\u00e9",
  "eyJ",
  "bearer ",
  "closed with ",
  "proxy_pass ",
  "location / {",
  "-H 'a: b' ",
  "Flags [.] ",
  "a.b (a.b) ",
  "* Connected to ",
  "\u001b[31m",
  "\r",
];

describe("a line without end", () => {
  // Time that grows with the square of the length would show here as a time-out.
  it.each(PIECES)("of %j is gone through", (piece) => {
    const line = piece.repeat(1_000_000 / piece.length);
    reported([{ content: `${line}\n${line} curl ${line}` }]);
  });

  it.each(PIECES)("is one of many: %j", (piece) => {
    reported([{ content: `${piece.repeat(20)}\n`.repeat(20_000 / piece.length) }]);
  });
});
