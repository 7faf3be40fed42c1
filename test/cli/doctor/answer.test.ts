import { describe, expect, it } from "vitest";
import { headOf } from "../../../src/cli/doctor/answer.ts";

function head(text: string) {
  return headOf(Buffer.from(text, "latin1"));
}

const WHOLE = "HTTP/1.1 101 Switching Protocols\r\nUpgrade:websocket\r\nA:  b\t\r\nA: c\r\n\r\n";

describe("the head of an answer", () => {
  it("is read with its fields in their order, and without what is behind it", () => {
    const found = head(`${WHOLE}HTTP`);
    expect(found).toMatchObject({ bytes: WHOLE.length, answer: { status: 101, version: "1.1", faults: [] } });
    expect((found as Exclude<typeof found, string>)?.answer.headers).toEqual([
      { name: "Upgrade", value: "websocket" },
      { name: "A", value: "b" },
      { name: "A", value: "c" },
    ]);
  });

  it("is waited for however it is cut", () => {
    for (let end = 0; end < WHOLE.length; end++) expect(head(WHOLE.slice(0, end))).toBeUndefined();
  });

  it.each(["HTTP/1.1 200\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 404 N\u00e4\r\n\r\n"])(
    "may begin with %j",
    (text) => {
      expect(head(text)).toMatchObject({ answer: { faults: [] } });
    },
  );

  it.each([
    "hello",
    "\x15\x03\x03",
    "http/1.1 101 a\r\n",
    "HTTP/2 101 a\r\n",
    "HTTP/1.1 20 a\r\n",
    "HTTP/1.1  101\r\n",
    " HTTP/1.1 101\r\n",
  ])("does not begin with %j", (text) => {
    expect(head(text)).toBe("alien");
  });

  it.each([
    ["HTTP/1.1 101 a\nA: b\n\n", "LF"],
    ["HTTP/1.1 101 a\r\nA : b\r\n\r\n", "A : b"],
    ["HTTP/1.1 101 a\r\nnonsense\r\n\r\n", "nonsense"],
    ["HTTP/1.1 101 a\r\nA: b\r\n c\r\n\r\n", "second line"],
    ["HTTP/1.1 101 a\r\nA: b\0\r\n\r\n", "forbidden"],
  ])("has a fault in %j", (text, fault) => {
    const found = head(text);
    expect((found as Exclude<typeof found, string>)?.answer.faults.join()).toContain(fault);
  });
});
