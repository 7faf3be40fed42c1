/** What the parts of the core cost by themselves: the best of several rounds, since what disturbs only ever makes slower. */
import { hash } from "node:crypto";
import { parseArgs } from "node:util";
import { DEFAULT_LIMITS } from "../src/core/contract/limits.ts";
import { Connection } from "../src/core/protocol/connection.ts";
import { frameOf as newFrame, textFrameOf } from "../src/core/protocol/frame.ts";
import { copyMasked, unmaskedBytes } from "../src/core/protocol/mask.ts";
import * as OPCODE from "../src/core/protocol/opcode.ts";
import { release } from "../src/core/protocol/slab.ts";
import { decodeText, UTF8_ACCEPT, validateUtf8 } from "../src/core/protocol/utf8.ts";
import { acceptKey, GUID } from "../src/core/upgrade/accept-key.ts";
import { HTTP1, validateHandshake } from "../src/core/upgrade/validate.ts";
import { frameOf, type Kind, payloadOf } from "./payloads.ts";

const HELP = `npm run bench:micro -- [--only WORD] [--json] [--help]

  --only WORD  only those whose name has this word in it
  --json       prints data instead of a table

parse: a connection reads whole masked frames, 16 in a chunk, and delivers messages.`;

/** Each round takes about this long, and there are so many of each. */
const ROUND_MS = 60;
const ROUNDS = 7;

interface Case {
  readonly name: string;
  /** Bytes that one call works on, or 0 where they say nothing. */
  readonly bytes: number;
  /** Calls that one `run` counts for. */
  readonly calls?: number;
  run(): unknown;
}

interface Cost {
  readonly name: string;
  readonly nanoseconds: number;
  /** GB per second, or 0. */
  readonly gigabytes: number;
}

const PER_CHUNK = 16;

function parse(kind: Kind, size: number): Case {
  const frame = frameOf(kind, payloadOf({ kind, size, seed: 1 }), 0x12345678);
  const chunk = Buffer.concat(Array.from({ length: PER_CHUNK }, () => frame));
  const sink = { receiveMessage() {}, closed() {} };
  const connection = new Connection({ role: "server" }, sink, { write: release });
  return { name: `parse ${kind} ${size}`, bytes: size, calls: PER_CHUNK, run: () => connection.receive(chunk) };
}

function unmaskPiece(size: number, offset: number): Case {
  const source = new Uint8Array(size + 8);
  const target = new Uint8Array(size + 8);
  const run = () => copyMasked(source, 6, target, offset, size, 0x12345678, 0);
  return { name: `unmask a piece of ${size}${offset % 4 === 0 ? "" : ", unaligned"}`, bytes: size, run };
}

function unmaskWhole(size: number): Case {
  const source = new Uint8Array(size + 8);
  return { name: `unmask a whole ${size}`, bytes: size, run: () => unmaskedBytes(source, 6, size, 0x12345678) };
}

function utf8(kind: Kind, size: number): Case[] {
  const bytes = payloadOf({ kind, size, seed: 1 });
  const validate = () => validateUtf8(UTF8_ACCEPT, bytes, 0, bytes.length);
  return [
    { name: `UTF-8 decode ${kind} ${size}`, bytes: size, run: () => decodeText(bytes) },
    { name: `UTF-8 validate in pieces ${kind} ${size}`, bytes: size, run: validate },
  ];
}

function frame(size: number): Case[] {
  const binary = payloadOf({ kind: "binary", size, seed: 1 });
  const text = payloadOf({ kind: "text", size, seed: 1 }).toString();
  return [
    { name: `frame binary ${size}`, bytes: size, run: () => release(newFrame(OPCODE.BINARY, binary)) },
    { name: `frame text ${size}`, bytes: size, run: () => release(textFrameOf(text)) },
  ];
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

const REQUEST = {
  method: "GET",
  url: "http://example.com/chat?room=lobby",
  httpVersion: "1.1",
  headers: new Headers({
    host: "example.com",
    origin: "https://example.com",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "chat.v2, chat.v1",
    "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0",
    cookie: "session=0123456789abcdef0123456789abcdef",
  }),
};

function handshake(): Case[] {
  const rules = { protocols: ["chat.v2"], limits: DEFAULT_LIMITS };
  const digest = () => hash("sha1", KEY + GUID, "base64");
  return [
    {
      name: "handshake validation, of a browser's request",
      bytes: 0,
      run: () => validateHandshake(REQUEST, rules, HTTP1),
    },
    { name: "SHA-1 of a key", bytes: 0, run: () => acceptKey(KEY) },
    { name: "SHA-1 of a key, by node:crypto", bytes: 0, run: digest },
  ];
}

const CASES: readonly Case[] = [
  ...[2, 64, 1024, 16_384].map((size) => parse("binary", size)),
  ...[64, 1024].flatMap((size) => [parse("text", size), parse("wide", size)]),
  ...[8, 32, 64, 128, 1024, 16_384].map(unmaskWhole),
  ...[64, 65_536].map((size) => unmaskPiece(size, 0)),
  unmaskPiece(1024, 1),
  ...[64, 1024, 65_536].flatMap((size) => [...utf8("text", size), ...utf8("wide", size)]),
  ...[64, 1024, 16_384].flatMap(frame),
  ...handshake(),
];

/** Doubles the number of runs until a round takes long enough to be timed. */
function runsOf({ run }: Case): number {
  for (let runs = 1; ; runs *= 2) if (timed(run, runs) > ROUND_MS / 2) return runs * 2;
}

function timed(run: () => unknown, runs: number): number {
  const begun = performance.now();
  for (let i = 0; i < runs; i++) run();
  return performance.now() - begun;
}

function costOf(measured: Case): Cost {
  const { name, bytes, calls = 1, run } = measured;
  const runs = runsOf(measured);
  const best = Math.min(...Array.from({ length: ROUNDS }, () => timed(run, runs)));
  const nanoseconds = (best * 1e6) / (runs * calls);
  return { name, nanoseconds, gigabytes: bytes / nanoseconds };
}

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(HELP);
else {
  const costs = CASES.filter(({ name }) => name.includes(values.only)).map((measured) => {
    const cost = costOf(measured);
    const { name, nanoseconds, gigabytes } = cost;
    const rate = gigabytes === 0 ? "" : `${gigabytes.toFixed(2).padStart(8)} GB/s`;
    if (!values.json) console.log(`${name.padEnd(48)} ${nanoseconds.toFixed(1).padStart(10)} ns ${rate}`.trimEnd());
    return cost;
  });
  if (values.json) console.log(JSON.stringify(costs, null, 2));
}
