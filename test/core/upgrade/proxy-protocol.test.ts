import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPreamble } from "../../../src/core/upgrade/proxy-protocol.ts";

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
const V4 = [192, 0, 2, 1, 198, 51, 100, 2, 0xc0, 0x00, 0x01, 0xbb];
const V6 = [...v6(0x20, 0x01, 0x0d, 0xb8, 1), ...v6(0x20, 0x01, 0x0d, 0xb8, 2), 0xff, 0xff, 0x01, 0xbb];

function v6(...[a = 0, b = 0, c = 0, d = 0, last = 0]: number[]): number[] {
  return [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A header of version 2. */
function v2(command: number, family: number, body: readonly number[], length = body.length): Uint8Array {
  return Uint8Array.of(...SIGNATURE, command, family, length >> 8, length & 255, ...body);
}

const TLV = [0x03, 0, 4, 1, 2, 3, 4];

const READ: readonly [
  what: string,
  bytes: Uint8Array,
  source: { remoteAddress: string; remotePort: number } | undefined,
][] = [
  [
    "TCP4",
    ascii("PROXY TCP4 192.0.2.1 198.51.100.2 49152 443\r\n"),
    { remoteAddress: "192.0.2.1", remotePort: 49_152 },
  ],
  [
    "TCP6",
    ascii("PROXY TCP6 2001:DB8::1 2001:db8::2 65535 443\r\n"),
    { remoteAddress: "2001:db8::1", remotePort: 65_535 },
  ],
  ["TCP6 of an IPv4", ascii("PROXY TCP6 ::ffff:192.0.2.1 ::1 0 0\r\n"), { remoteAddress: "192.0.2.1", remotePort: 0 }],
  ["UNKNOWN", ascii("PROXY UNKNOWN\r\n"), undefined],
  ["UNKNOWN and more", ascii("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), undefined],
  ["the longest line", ascii(`PROXY UNKNOWN ${"x".repeat(91)}\r\n`), undefined],
  ["version 2 over IPv4", v2(0x21, 0x11, V4), { remoteAddress: "192.0.2.1", remotePort: 49_152 }],
  ["version 2 over IPv6", v2(0x21, 0x21, V6), { remoteAddress: "2001:db8::1", remotePort: 65_535 }],
  [
    "version 2 of a mapped IPv4",
    v2(0x21, 0x21, [...mapped(), ...v6(), 0, 7, 0, 8]),
    { remoteAddress: "192.0.2.1", remotePort: 7 },
  ],
  [
    "version 2 with more behind the addresses",
    v2(0x21, 0x11, [...V4, ...TLV]),
    { remoteAddress: "192.0.2.1", remotePort: 49_152 },
  ],
  ["LOCAL", v2(0x20, 0x00, []), undefined],
  ["LOCAL with addresses", v2(0x20, 0x11, V4), undefined],
  ["an unspecified family", v2(0x21, 0x00, TLV), undefined],
  ["a Unix socket", v2(0x21, 0x31, new Array(216).fill(0)), undefined],
  ["an unspecified transport", v2(0x21, 0x10, V4), undefined],
  [
    "more than 255 bytes",
    v2(0x21, 0x11, [...V4, ...new Array(300).fill(1)]),
    { remoteAddress: "192.0.2.1", remotePort: 49_152 },
  ],
];

function mapped(): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1];
}

describe("a PROXY protocol header", () => {
  it.each(READ)("of %s is read", (_, bytes, source) => {
    expect(readPreamble(bytes)).toEqual({ kind: "header", length: bytes.length, source });
    const more = Uint8Array.of(...bytes, ...ascii("GET / HTTP/1.1\r\n"));
    expect(readPreamble(more)).toEqual({ kind: "header", length: bytes.length, source });
  });

  it.each(READ)("of %s is waited for until its last byte is there", (_, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(readPreamble(bytes.subarray(0, length))).toEqual({ kind: "partial" });
    }
  });

  it.each([
    ["an unknown protocol", "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n"],
    ["UDP", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"],
    ["lower case", "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n"],
    ["UNKNOWN without a space", "PROXY UNKNOWNX\r\n"],
    ["no addresses", "PROXY TCP4\r\n"],
    ["no ports", "PROXY TCP4 192.0.2.1 192.0.2.2\r\n"],
    ["one port", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"],
    ["more behind it", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"],
    ["a space behind it", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"],
    ["two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"],
    ["a tab", "PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n"],
    ["a port too high", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"],
    ["the other port too high", "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n"],
    ["a port with a zero before it", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"],
    ["a negative port", "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"],
    ["a byte too high", "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"],
    ["a byte with a zero before it", "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n"],
    ["another destination", "PROXY TCP4 192.0.2.1 here 1 2\r\n"],
    ["an IPv6 as TCP4", "PROXY TCP4 ::1 ::1 1 2\r\n"],
    ["an IPv4 as TCP6", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"],
    ["a zone", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n"],
    ["brackets", "PROXY TCP6 [::1] [::1] 1 2\r\n"],
    ["a line feed alone", `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\nGET / HTTP/1.1\r\nHost: a\r\n${"x".repeat(60)}`],
    ["no end in 107 bytes", `PROXY UNKNOWN ${"x".repeat(93)}`],
    ["an end too late", `PROXY UNKNOWN ${"x".repeat(92)}\r\n`],
  ])("of version 1 with %s is malformed", (_, text) => {
    expect(readPreamble(ascii(text))).toEqual({
      kind: "malformed",
      what: expect.stringMatching(/^its addresses or ports are none$|^no line of at most 107 bytes$/),
    });
  });

  it.each<[string, Uint8Array, string]>([
    ["version 1", v2(0x11, 0x11, V4), "its version is 1"],
    ["version 3", v2(0x31, 0x11, V4), "its version is 3"],
    ["another command", v2(0x22, 0x11, V4), "its command is 2"],
    ["another family", v2(0x21, 0x41, V4), "its address family and transport are 0x41"],
    ["another transport", v2(0x21, 0x13, V4), "its address family and transport are 0x13"],
    ["datagrams", v2(0x21, 0x12, V4), "its address family and transport are 0x12"],
    ["too few bytes for IPv4", v2(0x21, 0x11, V4.slice(1)), "its addresses are cut off"],
    ["too few bytes for IPv6", v2(0x21, 0x21, V6.slice(1)), "its addresses are cut off"],
    ["too few bytes for a Unix socket", v2(0x21, 0x31, new Array(215).fill(0)), "its addresses are cut off"],
    ["more bytes than anybody needs", v2(0x21, 0x11, V4, 16_385), "it has 16385 bytes"],
  ])("of version 2 with %s is malformed, and it is said why", (_, bytes, what) => {
    expect(readPreamble(bytes)).toEqual({ kind: "malformed", what });
  });

  it("of version 2 may have 16 KiB behind its first 16 bytes", () => {
    expect(readPreamble(v2(0x21, 0x11, V4, 16_384))).toEqual({ kind: "partial" });
  });

  it.each([
    "GET / HTTP/1.1\r\n",
    "POST / HTTP/1.1\r\n",
    "PUT / HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n",
    "PROPFIND / HTTP/1.1\r\n",
    "PROXYING",
    "proxy TCP4",
    "\r\nGET / HTTP/1.1\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\n",
    "\r\n\r\n\0\r\nQUIT\r",
    "\u0016\u0003\u0001",
    "\0",
  ])("is not what %j begins, which is told as soon as it can be", (text) => {
    const bytes = ascii(text);
    expect(readPreamble(bytes)).toEqual({ kind: "none" });
    const told = Array.from({ length: bytes.length + 1 }, (_, length) => readPreamble(bytes.subarray(0, length)).kind);
    expect(told).toEqual([...told].sort((a, b) => Number(a === "none") - Number(b === "none")));
    expect(told.lastIndexOf("partial")).toBeLessThan(12);
  });

  it("is read alike, wherever the bytes lie in their buffer", () => {
    for (const [, bytes, source] of READ) {
      const buffer = Uint8Array.of(80, 82, 79, ...bytes, 1, 2).subarray(3, 3 + bytes.length);
      expect(readPreamble(buffer)).toMatchObject({ kind: "header", source });
    }
  });

  it("of any addresses is read as it was written", () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), port, (four, six, number) => {
        const plain = readPreamble(ascii(`PROXY TCP4 ${four} ${four} ${number} 1\r\n`));
        expect(plain).toMatchObject({ source: { remoteAddress: four, remotePort: number } });
        const line = readPreamble(ascii(`PROXY TCP6 ${six} ::1 ${number} 1\r\n`));
        expect(line).toMatchObject({ kind: "header", source: { remotePort: number } });
        const bytes = four.split(".").map(Number);
        const binary = v2(0x21, 0x11, [...bytes, ...bytes, number >> 8, number & 255, 0, 1]);
        expect(readPreamble(binary)).toMatchObject({ source: { remoteAddress: four, remotePort: number } });
      }),
    );
  });

  it("never makes the reader throw, and what was decided stays so whatever follows", () => {
    const start = fc.constantFrom<readonly number[]>([], SIGNATURE, [...ascii("PROXY ")], [...ascii("PROXY TCP4 ")]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 130 }), (head, tail) => {
        const bytes = Uint8Array.of(...head, ...tail);
        let decided = readPreamble(new Uint8Array(0));
        for (let length = 1; length <= bytes.length; length++) {
          const now = readPreamble(bytes.subarray(0, length));
          if (decided.kind !== "partial") expect(now).toEqual(decided);
          decided = now;
        }
      }),
      { numRuns: 500 },
    );
  });
});
