import { bad, badAtOnce, type Case, good, heard } from "../case.ts";
import { BINARY, CONTINUATION, fragments, frame, hex, PING, TEXT } from "../wire.ts";

/** Characters at the borders of what UTF-8 encodes. */
const GOOD = {
  "U+0000": "00",
  "U+007F": "7f",
  "U+0080": "c280",
  "U+07FF": "dfbf",
  "U+0800": "e0a080",
  "U+D7FF, before the surrogates": "ed9fbf",
  "U+E000, after them": "ee8080",
  "U+FEFF, a BOM": "efbbbf",
  "U+FFFD": "efbfbd",
  "U+FFFE and U+FFFF, no characters but valid": "efbfbeefbfbf",
  "U+10000": "f0908080",
  "U+1FFFF": "f09fbfbf",
  "U+10FFFF": "f48fbfbf",
  "Greek, Chinese and emoji": Buffer.from("κόσμε 世界 🎉").toString("hex"),
};

/** Bytes, and how many of them may be there before the text can be known to be no UTF-8. */
const BAD: Record<string, readonly [bytes: string, good: number]> = {
  "a continuation alone": ["80", 0],
  "the last continuation alone": ["bf", 0],
  "a continuation too many": ["c28080", 2],
  "C0, never used": ["c080", 0],
  "C1, never used": ["c1bf", 0],
  "F5, past U+10FFFF": ["f5808080", 0],
  "F8, a lead of five": ["f888808080", 0],
  "FC, a lead of six": ["fc8480808080", 0],
  "FE, never used": ["fe", 0],
  "FF, never used": ["ff", 0],
  "two bytes cut by a space": ["c220", 1],
  "three bytes cut by a space after one": ["e120", 1],
  "three bytes cut by a space after two": ["e18020", 2],
  "four bytes cut by a space after one": ["f120", 1],
  "four bytes cut by a space after two": ["f18020", 2],
  "four bytes cut by a space after three": ["f1808020", 3],
  "a lead after a lead": ["c2c280", 1],
  "an overlong slash in two bytes": ["c0af", 0],
  "an overlong slash in three": ["e080af", 1],
  "an overlong slash in four": ["f08080af", 1],
  "the longest overlong of three": ["e09fbf", 1],
  "the longest overlong of four": ["f08fbfbf", 1],
  "the first surrogate": ["eda080", 1],
  "the last high surrogate": ["edafbf", 1],
  "the first low surrogate": ["edb080", 1],
  "the last surrogate": ["edbfbf", 1],
  "a pair of surrogates": ["eda081edb080", 1],
  "U+110000": ["f4908080", 1],
  "U+13FFFF": ["f4bfbfbf", 1],
};

const TRUNCATED = { "two bytes": "c2", "three bytes": "e282", "four bytes after one": "f0", "four bytes": "f09f8e" };
const none = { fin: false };
const GREEK = Buffer.from("κόσμε");

function badCases([name, [text, good]]: [string, readonly [string, number]]): Case[] {
  const bytes = Buffer.concat([GREEK, hex(text)]);
  const fatal = GREEK.length + good + 1;
  return [
    bad(`${name}: in one frame`, [frame(TEXT, bytes)], 1007),
    bad(`${name}: in a fragment for each byte`, fragments(TEXT, bytes, 1), 1007),
    badAtOnce(`${name}: found in the fragment that it is in`, [frame(TEXT, bytes.subarray(0, fatal), none)], 1007),
    badAtOnce(
      `${name}: found in the fragment that its first bad byte is in`,
      [frame(TEXT, bytes.subarray(0, fatal - 1), none), frame(CONTINUATION, bytes.subarray(fatal - 1, fatal), none)],
      1007,
    ),
    badAtOnce(
      `${name}: found before the rest of a long frame comes`,
      [frame(TEXT, Buffer.concat([bytes.subarray(0, fatal), Buffer.alloc(2000, 65)])).subarray(0, -1000)],
      1007,
    ),
    inBinary(`${name}: nothing wrong in a binary`, hex(text)),
  ];
}

function inBinary(name: string, bytes: Buffer): Case {
  return good(name, fragments(BINARY, bytes, 2), [heard("binary", bytes)]);
}

export const utf8: Case[] = [
  ...Object.entries(GOOD).flatMap(([name, text]) => [
    good(`${name}: in one frame`, [frame(TEXT, hex(text))], [heard("text", hex(text))]),
    good(`${name}: in a fragment for each byte`, fragments(TEXT, hex(text), 1), [heard("text", hex(text))]),
    good(
      `${name}: in fragments with a ping in the middle of the character`,
      [frame(TEXT, hex(text).subarray(0, 1), none), frame(PING, "p"), frame(CONTINUATION, hex(text).subarray(1))],
      ["pong 70", heard("text", hex(text))],
    ),
  ]),
  ...Object.entries(BAD).flatMap(badCases),
  ...Object.entries(TRUNCATED).flatMap(([name, text]) => [
    bad(`a text that ends inside ${name}`, [frame(TEXT, Buffer.concat([GREEK, hex(text)]))], 1007),
    bad(`a fragmented text that ends inside ${name}`, fragments(TEXT, Buffer.concat([GREEK, hex(text)]), 1), 1007),
    bad(
      `a text that ends inside ${name}, with an empty last frame`,
      [frame(TEXT, Buffer.concat([GREEK, hex(text)]), none), frame(CONTINUATION)],
      1007,
    ),
  ]),
  good("every character of the basic plane", [frame(TEXT, basicPlane())], [heard("text", basicPlane())]),
];

function basicPlane(): string {
  const codes = Array.from({ length: 0x10000 }, (_, i) => i).filter((code) => code < 0xd800 || code > 0xdfff);
  return codes.map((code) => String.fromCharCode(code)).join("");
}
