import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hasToken,
  isHost,
  isToken,
  parseExtensions,
  parseSubprotocols,
  tokenList,
  unquote,
} from "../../../src/core/protocol/headers.ts";

/** Long enough that quadratic work would run into the test's time limit. */
const MANY = 1_000_000;

describe("a token list", () => {
  it.each<[string | null, string[]]>([
    [null, []],
    ["", []],
    [" ", []],
    [",", []],
    ["a", ["a"]],
    ["keep-alive, Upgrade", ["keep-alive", "Upgrade"]],
    [" \ta\t , ,,b ,", ["a", "b"]],
    ["a b,c", ["a b", "c"]],
    ["a\u00a0", ["a\u00a0"]],
  ])("of %j is %j", (value, list) => {
    expect(tokenList(value)).toEqual(list);
  });

  it("is lower-cased on request", () => {
    expect(tokenList("Keep-Alive, UPGRADE", true)).toEqual(["keep-alive", "upgrade"]);
  });

  it.each([
    ["commas", ",".repeat(MANY)],
    ["tokens", "a,".repeat(MANY)],
    ["spaces between letters", `a${" ".repeat(MANY)}b`],
    ["leading and trailing spaces", `${" \t".repeat(MANY)}a${" \t".repeat(MANY)}`],
  ])("of a million %s takes linear time", (_, value) => {
    expect(hasToken(value, "upgrade")).toBe(false);
  });

  it("gives back any tokens that were joined, whatever the whitespace", () => {
    const token = fc.stringMatching(/^[!#-'*+.^_`|~0-9A-Za-z-]{1,8}$/);
    const comma = fc.constantFrom(",", ", ", " , ", "\t,,\t", ", ,");
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), comma, (tokens, separator) => {
        expect(tokenList(tokens.join(separator))).toEqual(tokens);
      }),
    );
  });
});

describe("a token in a list", () => {
  it.each([
    ["upgrade", true],
    ["Upgrade", true],
    ["keep-alive, UPGRADE", true],
    ["keep-alive,upgrade ,", true],
    [null, false],
    ["", false],
    ["close", false],
    ["upgraded", false],
    ["no upgrade", false],
    ['"upgrade"', false],
    ["upgrade\u00a0", false],
  ])("is looked for without regard to case: %j is %s", (value, found) => {
    expect(hasToken(value, "upgrade")).toBe(found);
  });

  it("is looked for in the list that is asked about, whatever was asked about before", () => {
    const list = fc.constantFrom("a", "A, b", "b", " b , c ", "", null, `${"c, ".repeat(40)}a`);
    const questions = fc.array(fc.tuple(list, fc.constantFrom("a", "b", "c", "a, b")), { minLength: 2 });
    fc.assert(
      fc.property(questions, (all) => {
        for (const [value, token] of all) expect(hasToken(value, token)).toBe(tokenList(value, true).includes(token));
      }),
    );
  });
});

describe("a token", () => {
  it("has the characters of RFC 9110 §5.6.2 and no others", () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    expect(all.filter(isToken).join("")).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
    expect(isToken("")).toBe(false);
  });
});

describe("a host", () => {
  it.each([
    "a",
    "a.example",
    "A.EXAMPLE:80",
    "a.example:",
    "a_b",
    "a.example.",
    "xn--mlaut-jva.example",
    "127.0.0.1:3000",
    "[::1]",
    "[::FFFF:1.2.3.4]:80",
    "a%41",
    "a~!$&'()*+;=b",
  ])("can be %j", (value) => {
    expect(isHost(value)).toBe(true);
    expect(isHost(value)).toBe(true);
  });

  it.each([
    "",
    ":80",
    "a/",
    "a\\",
    "a?",
    "a#",
    "a@",
    "@a",
    "a b",
    "a\tb",
    " a",
    "a,b",
    "a:b",
    "a:80:80",
    "a:-1",
    "a:65536",
    "a%2Fb",
    "a%zz",
    "[::1",
    "::1",
    "[::g]",
    "[::1]a",
    "1.2.3.999",
    "ümlaut.example",
    "\u00c3\u00bcmlaut",
    "<a>",
    "a|b",
    "a^b",
    '"a"',
    "http://a",
    "a\0",
  ])("can't be %j", (value) => {
    expect(isHost(value)).toBe(false);
  });

  it("never adds to a URL anything but its host and port", () => {
    const unit = fc.constantFrom(..."aA1.:-_~!$&'()*+;=%20[]/\\?#@, \t|^<>é");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (value) => {
        if (!isHost(value)) return;
        const { pathname, search, hash, username, password } = new URL(`http://${value}/p`);
        expect({ pathname, search, hash, username, password }).toEqual({
          ...{ pathname: "/p", search: "", hash: "", username: "", password: "" },
        });
      }),
      { numRuns: 5000 },
    );
  });

  it.each(["a", "%41", "a.", "["])("of a million repetitions of %j takes linear time", (piece) => {
    expect(isHost(`${piece.repeat(MANY)}/`)).toBe(false);
  });
});

describe("a quoted string", () => {
  it.each([
    ["a", "a"],
    ['"a"', "a"],
    ['""', ""],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['"[::1]:80"', "[::1]:80"],
    ['"', undefined],
    ['"a', undefined],
    ['a"', undefined],
    ['"a"b"', undefined],
    ['"a\\"', undefined],
    ["a b", undefined],
    ["", undefined],
  ])("%j holds %j", (value, held) => {
    expect(unquote(value)).toBe(held);
  });

  it.each(['"a', "\\", '\\"', '"'])("of a million repetitions of %j takes linear time", (piece) => {
    expect(unquote(`"${piece.repeat(MANY)}x`)).toBeUndefined();
  });
});

describe("the offered subprotocols", () => {
  it.each<[string | null, string[] | undefined]>([
    [null, []],
    ["chat", ["chat"]],
    ["chat.v2, Chat.v2", ["chat.v2", "Chat.v2"]],
    ["a,,b", ["a", "b"]],
    ["", []],
    [" , ", []],
    ["a, a", undefined],
    ["a b", undefined],
    ['"a"', undefined],
    ["a;b", undefined],
    ["a/b", undefined],
    ["café", undefined],
  ])("in %j are %j", (value, list) => {
    expect(parseSubprotocols(value)).toEqual(list);
  });

  it("are read in linear time", () => {
    const names = Array.from({ length: 100_000 }, (_, number) => `p${number}`);
    expect(parseSubprotocols(names.join())).toEqual(names);
  });
});

describe("the offered extensions", () => {
  const deflate = (...params: [string, string?][]) => ({
    name: "permessage-deflate",
    params: params.map(([name, value]) => ({ name, value })),
  });

  it.each([
    [null, []],
    ["permessage-deflate", [deflate()]],
    ["permessage-deflate; client_max_window_bits", [deflate(["client_max_window_bits"])]],
    ["permessage-deflate;a=10 ; b = 9", [deflate(["a", "10"], ["b", "9"])]],
    ['permessage-deflate; a="10"', [deflate(["a", "10"])]],
    ['permessage-deflate; a="1\\0"', [deflate(["a", "10"])]],
    ["permessage-deflate; a; a=1", [deflate(["a"], ["a", "1"])]],
    ["permessage-deflate; a, permessage-deflate", [deflate(["a"]), deflate()]],
    [",permessage-deflate,,", [deflate()]],
    ["", []],
    [" , ", []],
  ])("in %j are read", (value, offers) => {
    expect(parseExtensions(value)).toEqual(offers);
  });

  it.each([
    ";",
    "; a",
    "a;",
    "a;;b",
    "a b",
    "a; b c",
    "a; b=",
    "a; =b",
    "a=1",
    'a; b="',
    'a; b=""',
    'a; b="c d"',
    'a; b="c,d"',
    'a; b="c\\,d"',
    'a; b="c;d"',
    'a; b="c"d',
    "a; b=c=d",
    "a; b=ü",
  ])("in %j are malformed", (value) => {
    expect(parseExtensions(value)).toBeUndefined();
  });

  it.each(["a,", "a;", "a;b,", "a; b=c,", '"', "\\", "=", " ", 'a;b="'])(
    "of a million repetitions of %j are read in linear time",
    (piece) => {
      const offers = parseExtensions(piece.repeat(MANY));
      expect([undefined, 0, MANY]).toContain(offers?.length);
    },
  );

  it("never make the parser throw", () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab=;,"\\ \t') });
    fc.assert(
      fc.property(text, (value) => {
        for (const { name, params } of parseExtensions(value) ?? []) {
          expect([name, ...params.flatMap((param) => [param.name, param.value ?? "x"])].every(isToken)).toBe(true);
        }
      }),
    );
  });
});
