import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeAlike, judgeRequestAlike } from "../../../src/cli/explain/capture/alike.ts";
import { HttpReader } from "../../../src/cli/explain/capture/http-reader.ts";
import type { Segment } from "../../../src/cli/explain/capture/packet.ts";
import { Pairs } from "../../../src/cli/explain/capture/pairs.ts";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { judgeExchange } from "../../../src/cli/explain/http/judge-exchange.ts";
import { judgeRequest } from "../../../src/cli/explain/http/judge-request.ts";
import { timeline } from "../../../src/cli/explain/render/timeline.ts";
import { largeCapture } from "./captures/large.ts";
import { type Form, fileOf, segmentsOf } from "./captures/packets.ts";
import { SCENES } from "./captures/scenes.ts";
import { MISCHIEFS } from "./misbehaving.ts";
import { reported } from "./reported.ts";

const FOLDER = join(import.meta.dirname, "captures");

function read(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}

function explained(content: string | Uint8Array): readonly Explanation[] {
  return reported([{ name: "capture", content }]).explanations;
}

function codesOf(found: readonly Explanation[]): readonly string[] {
  return [...new Set(found.flatMap(({ causes }) => causes.map(({ code }) => code)))].sort();
}

/** What is wrong in each capture, and what is said of how it ended. */
const EXPECTED: Readonly<Record<string, readonly [codes: readonly string[], what: RegExp]>> = {
  "switch-then-fin": [["SWITCH_THEN_FIN"], /The server ended it with FIN \d+\.\d ms after the 101, without a Close\.$/],
  "http-1.0-fin": [["HTTP_1_0", "SWITCH_THEN_FIN"], /but over HTTP\/1\.0/],
  "switch-then-reset": [["SWITCH_THEN_FIN"], /The server ended it with RST/],
  healthy: [
    [],
    /3 messages of the client and 3 messages of the server .* with 1000 "bye" .* and the other side answered/,
  ],
  compressed: [[], /3 messages of the client and 3 messages of the server/],
  "handler-throws": [["INTERNAL"], /The server closed it first, with 1011 "INTERNAL"/],
  "too-big": [["MESSAGE_TOO_BIG"], /The server closed it first, with 1009/],
  unmasked: [["FRAME_UNMASKED"], /The server closed it first, with 1002/],
  "masked-by-server": [["FRAME_MASKED"], /The client closed it first, with 1002/],
  "page-after-101": [["HTTP_AFTER_101"], /The server ended it with FIN/],
  "accept-mismatch": [
    ["ACCEPT_MISMATCH"],
    /The server answered 101, which the client cannot accept\. The client ended it/,
  ],
  "refused-403": [["FORBIDDEN", "ORIGIN_REJECTED"], /The server answered 403 Forbidden\.$/],
  "no-answer": [["CLOSED_BEFORE_RESPONSE"], /The server did not answer: it ended the connection with FIN/],
  "never-answered": [
    ["RESPONSE_TIMEOUT"],
    /The client ended the connection with FIN after 1\.\d+ s, without an answer\.$/,
  ],
  "no-close": [["ENDED_WITHOUT_CLOSE"], /The server ended it with FIN 1\.\d+ s after the 101, without a Close/],
  "ping-timeout": [["PING_TIMEOUT"], /The server ended it with FIN/],
  "frames-first": [["DATA_BEFORE_HANDSHAKE"], /^The client sent a frame without a handshake\./],
  "proxy-header": [["DATA_BEFORE_HANDSHAKE"], /PROXY protocol/],
  ssh: [["NOT_HTTP"], /What the server answered is no HTTP/],
  "nothing-listens": [["TCP_REFUSED"], /got RST: nothing listens there/],
  "tls-to-plain": [["TLS_TO_PLAIN_PORT"], /The client began TLS, and the server answered with something else/],
  "plain-to-tls": [["CLOSED_BEFORE_RESPONSE"], /as some do that speak TLS on that port/],
  "plain-to-tls-nginx": [["PLAIN_TO_TLS_PORT"], /The server answered 400 Bad Request/],
  tls: [[], /The connection is TLS: what is inside cannot be read here/],
  ipv6: [["SWITCH_THEN_FIN"], /The server ended it with FIN/],
  any: [["SWITCH_THEN_FIN"], /The server ended it with FIN/],
  "any-sll": [["SWITCH_THEN_FIN"], /The server ended it with FIN/],
  cut: [[], /^Of what went over it 104 bytes of the client and 83 of the server are not in the capture/],
  nanoseconds: [[], /The client closed it first, with 1000 "bye"/],
  "nginx-bare": [
    ["ORIGIN_REJECTED", "UPGRADE_STRIPPED"],
    /^The proxy at .* HTTP\/1\.1 became HTTP\/1\.0; Upgrade was dropped; Connection: Upgrade became close/,
  ],
  "nginx-half": [["CONNECTION_NO_UPGRADE", "ORIGIN_REJECTED"], /^The proxy at .* Connection: Upgrade became close/],
  "nginx-host": [["ORIGIN_REJECTED"], /^The proxy at .* Host: \S+ became /],
  "nginx-right": [[], /nothing of it was changed/],
  "nginx-idle": [["IDLE_CUT"], /^The proxy at .* nothing of it was changed/],
};

describe("a capture of tcpdump", () => {
  it("is here for each scene, and each has to be explained", () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith(".pcap"));
    expect(files.sort()).toEqual(SCENES.map(({ name }) => `${name}.pcap`).sort());
    expect(Object.keys(EXPECTED).sort()).toEqual(SCENES.map(({ name }) => name).sort());
  });

  it.each(Object.entries(EXPECTED))("%s shows what happened", (name, [codes, what]) => {
    const found = explained(read(`${name}.pcap`));
    expect(codesOf(found)).toEqual(codes);
    expect(found[0]?.what).toMatch(what);
    expect(found.every(({ kind, lines }) => kind === "capture" && lines === null)).toBe(true);
  });

  it("of the classic case draws who did what, and names the usual causes", () => {
    const [found] = explained(read("switch-then-fin.pcap"));
    expect(found!.steps.map(({ by, what }) => `${by} ${what}`)).toEqual([
      "client SYN",
      "server SYN, ACK",
      "client GET /chat HTTP/1.1",
      "server HTTP/1.1 101 Switching Protocols",
      "server FIN",
      "client FIN",
    ]);
    const times = found!.steps.map(({ ms }) => ms!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(found!.note).toMatch(/^Usual causes: keep-alive is off/);
    expect(explained(read("http-1.0-fin.pcap"))[0]!.note).toMatch(/Swoole answers 101 to that/);
  });

  it("of a talk shows each frame, unmasked and decompressed", () => {
    const steps = (name: string) => explained(read(name))[0]!.steps.map(({ by, what }) => `${by} ${what}`);
    expect(steps("healthy.pcap")).toEqual(
      expect.arrayContaining([
        'client text, 5 bytes: "hello"',
        "server binary, 3 bytes",
        "client Ping, 13 bytes",
        'server Close 1000 "bye"',
      ]),
    );
    expect(
      steps("compressed.pcap").filter((step) => /compressed, \d+ bytes: ".*hello/.test(step)).length,
    ).toBeGreaterThan(3);
  });

  it("that has both sides of a proxy tells what it changed, and who cut", () => {
    const [idle] = explained(read("nginx-idle.pcap"));
    expect(idle!.causes[0]!.detail).toMatch(/^the proxy itself ended both connections after 60\.\d s of silence$/);
    expect(idle!.causes[0]!.snippet).toContain("proxy_read_timeout");
    const [bare] = explained(read("nginx-bare.pcap"));
    expect(bare!.by).toEqual(["nginx"]);
    expect(bare!.causes[0]!.snippet).toContain("proxy_set_header Upgrade $http_upgrade;");
  });
});

/** What does not depend on addresses, ports and times. */
function gist(found: readonly Explanation[]) {
  const plain = (text: string | null) =>
    text
      ?.replace(/(?:\d+\.){3}\d+|\[[\da-f:]*\]/g, "host")
      .replace(/[\d.]+ m?s\b/g, "a time")
      .replace(/Some packets .*?\. ?/, "") ?? "";
  return found.map(({ what, steps, causes, note }) => ({
    what: plain(what),
    steps: steps.map(({ by, what, codes }) => [by, what, codes]),
    causes: causes.map(({ code, detail }) => [code, plain(detail)]),
    note: plain(note).trim(),
  }));
}

describe("the same as text", () => {
  const texts = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

  it.each(texts)("%s is explained like the file", (text) => {
    const found = explained(read(text).toString());
    const file = explained(read(`${text.replace(/-\w+\.txt$/, "")}.pcap`));
    expect(gist(found)).toEqual(gist(file));
    expect(found[0]!.lines![0]).toBe(1);
    expect(found[0]!.lines![1]).toBeGreaterThanOrEqual(read(text).toString().trimEnd().split("\n").length);
  });

  it("goes with what stands around it", () => {
    const text = `see below\n\n${read("switch-then-fin-X.txt")}\n10 packets captured\n\nUnexpected server response: 403\n`;
    expect(explained(text).map(({ kind }) => kind)).toEqual(["capture", "message"]);
  });

  it("without any packet's bytes still tells who sent how much, who ended it, and when", () => {
    const lines = read("switch-then-fin-X.txt")
      .toString()
      .split("\n")
      .filter((line) => !line.startsWith("\t"));
    const [found] = explained(lines.join("\n"));
    expect(found!.steps.filter(({ what }) => what === "FIN").map(({ by }) => by)).toEqual(["server", "client"]);
    expect(found!.causes).toEqual([]);
    expect(found!.what).toBe(
      "Of what went over it 158 bytes of the client and 129 of the server are not in the capture: it cannot be read. The server ended it with FIN, 2.1 ms after the last of them.",
    );
    const reset = explained(lines.join("\n").replace("Flags [F.], seq 130", "Flags [R.], seq 130"));
    expect(reset[0]!.what).toMatch(/The server cut it with RST, 2\.1 ms after the last of them\.$/);
    expect(explained(lines.slice(0, 6).join("\n"))[0]!.what).toMatch(/It was open when the capture ended\.$/);
    // Whose patience is over after a minute of silence.
    const late = lines.map((line) => line.replace(/^(12):57(?=.*Flags \[F)/, "$1:58")).join("\n");
    expect(explained(late)[0]!.note).toMatch(/^60 s is the default of nginx/);
  });

  it("of a connection that was open before tells who ended it, and no more", () => {
    const text =
      "19:22:12.360970 IP a.8025 > 10.2.3.4.35002: Flags [.], ack 43437, win 1452, length 0\n19:22:12.392704 IP a.8025 > 10.2.3.4.35002: Flags [F.], seq 0, ack 43759, win 1452, length 0\n";
    expect(explained(text)[0]).toMatchObject({ what: "The server ended it with FIN.", causes: [] });
  });

  it("of one packet alone, in hex, is read too", () => {
    const text = read("switch-then-fin-X.txt").toString();
    const packet = text
      .split(/^(?=\d\d:)/m)[3]!
      .split("\n")
      .slice(1)
      .join("\n");
    expect(explained(packet)[0]!.steps.map(({ what }) => what)).toEqual(["GET /chat HTTP/1.1"]);
  });
});

const WHOLE = [
  "switch-then-fin",
  "healthy",
  "compressed",
  "handler-throws",
  "unmasked",
  "masked-by-server",
  "page-after-101",
  "accept-mismatch",
  "refused-403",
  "no-close",
  "nginx-bare",
  "nginx-right",
  "nginx-idle",
];

describe("a capture that was written down otherwise", () => {
  const forms = fc.record<Form>({
    file: fc.constantFrom("pcap", "pcapng"),
    link: fc.constantFrom("ethernet", "vlan", "null", "raw", "sll", "sll2"),
    version: fc.constantFrom(4, 6),
    little: fc.boolean(),
    perSecond: fc.constantFrom(1_000_000, 1_000_000_000),
  });

  it("shows the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...WHOLE), forms, (name, form) => {
        const bytes = read(`${name}.pcap`);
        expect(gist(explained(fileOf(segmentsOf(bytes), form)))).toEqual(gist(explained(bytes)));
      }),
      { numRuns: 60 },
    );
  });

  it("shows the same when segments were cut, sent again, and came out of order", () => {
    fc.assert(
      fc.property(fc.constantFrom(...WHOLE.filter((name) => name !== "page-after-101")), fc.integer(), (name, seed) => {
        const segments = segmentsOf(read(`${name}.pcap`));
        expect(gist(explained(fileOf(shuffled(segments, seed))))).toEqual(gist(explained(fileOf(segments))));
      }),
      { numRuns: 60 },
    );
  });

  it("shows no wrong code when packets are missing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCENES.map(({ name }) => name)),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        (name, missing) => {
          const segments = segmentsOf(read(`${name}.pcap`));
          const kept = segments.filter((_, at) => !missing.some((one) => one % segments.length === at));
          const codes = codesOf(explained(fileOf(kept)));
          const right = [...EXPECTED[name]![0], ...(LESS[name] ?? [])];
          // Before nginx listened, somebody knocked.
          if (name.includes("nginx")) right.push("TCP_REFUSED");
          expect(codes.filter((code) => !right.includes(code))).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });

  it("never makes a crash of what is broken", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCENES.map(({ name }) => name)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
        fc.nat(),
        (name, changes, cut) => {
          const bytes = Buffer.from(read(`${name}.pcap`));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          explained(bytes.subarray(0, cut % (bytes.length + 1)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the drawing of two sides", () => {
  it("goes on in spite of more codes than fit beside a step", () => {
    const codes = ["RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD", "ACCEPT_MISSING", "SUBPROTOCOL_UNREQUESTED"];
    for (const by of ["client", "server"] as const) {
      const drawn = timeline([{ ms: 1, by, what: "HTTP/1.1 101 Switching Protocols", codes }]);
      expect(drawn.at(-1)).toContain(codes.join(" "));
    }
  });
});

describe("a capture of a crowd", () => {
  it("still shows the one socket in it", () => {
    const flood = largeCapture("SYN flood", 2e6);
    const one = fileOf(segmentsOf(read("switch-then-fin.pcap")));
    const found = explained(Buffer.concat([flood, one.subarray(24), flood.subarray(24)]));
    expect(codesOf(found)).toEqual(["SWITCH_THEN_FIN"]);
    expect(found.at(-1)!.note).toMatch(/\d{5} other connections show nothing of a WebSocket/);
  });

  it("counts connections that went the same way", () => {
    const [found] = explained(largeCapture("handshakes", 1e6));
    expect(found!.note).toMatch(/\d{3,} more connections to it went the same way/);
  });

  it("of ordinary requests shows what they are", () => {
    const found = explained(largeCapture("plain HTTP", 1e6));
    expect(found[0]!.steps.map(({ what }) => what)).toContain("GET /style.css HTTP/1.1");
  });
});

describe("handshakes of a crowd", () => {
  const asked = (key: string, target: string) =>
    `GET ${target} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  const keys = Array.from({ length: 3 }, (_, at) => Buffer.alloc(16, at).toString("base64"));
  const eventOf = (side: "client" | "server", text: string | Buffer) =>
    new HttpReader(side).take(Buffer.from(text as string)).event;

  it.each(Object.entries(MISCHIEFS))("are judged alike, and as one by one, where the server %s", (_, { answer }) => {
    for (const key of [...keys, "wrong", ...keys]) {
      for (const text of [
        asked(key, "/chat"),
        asked(key, "/other"),
        asked(key, "/low").toLowerCase().replace("get", "GET").replace("http", "HTTP"),
      ]) {
        const request = eventOf("client", text);
        const answered = eventOf("server", answer(key));
        if (request?.kind !== "request" || answered?.kind !== "answer") continue;
        const judged = judgeRequestAlike(request.request, request.like);
        expect(judged).toEqual(judgeRequest(request.request));
        const exchange = { request: request.request, answer: answered.answer, body: "" };
        const alike = judgeAlike(exchange, judged, { request: request.like, answer: answered.like });
        expect(alike).toEqual(judgeExchange(exchange, judged));
      }
    }
  });

  it("keep their own keys, and each header that differs in anything else", () => {
    const headers = (key: string, more = "") => {
      const event = eventOf("client", asked(key, "/chat").replace("\r\n\r\n", `${more}\r\n\r\n`));
      return event?.kind === "request" ? event.request.headers.map(({ name, value }) => `${name}: ${value}`) : [];
    };
    for (const key of keys) expect(headers(key)).toContain(`Sec-WebSocket-Key: ${key}`);
    expect(headers(keys[0]!, `\r\nSec-WebSocket-Key: ${keys[1]}`).slice(-2)).toEqual([
      `Sec-WebSocket-Key: ${keys[0]}`,
      `Sec-WebSocket-Key: ${keys[1]}`,
    ]);
    expect(headers(keys[2]!, "\r\nOrigin: http://b").at(-1)).toBe("Origin: http://b");
  });
});

describe("pairs of numbers", () => {
  it("have an index each, however many there are", () => {
    const pairs = new Pairs(1 << 16);
    const numbers = Array.from({ length: 5000 }, (_, at) => [(at * 2_654_435_761) >>> 0, at % 7] as const);
    const first = numbers.map(([one, other]) => pairs.indexOf(one, other));
    expect(new Set(first).size).toBe(5000);
    expect(numbers.map(([one, other]) => pairs.indexOf(one, other))).toEqual(first);
    expect(first.map((index) => pairs.at(index!))).toEqual(numbers);
  });

  it("are no more than the limit, and those that are known stay known", () => {
    const pairs = new Pairs(2);
    expect([pairs.indexOf(1, 2), pairs.indexOf(2, 1), pairs.indexOf(3, 3), pairs.indexOf(1, 2)]).toEqual([
      0,
      1,
      undefined,
      0,
    ]);
  });
});

/** What is as right, and tells less, when the capture does not have what came first. */
const LESS: Readonly<Record<string, readonly string[]>> = {
  unmasked: ["CLOSED_BY_SERVER"],
  "frames-first": ["ENDED_WITHOUT_CLOSE"],
};

/** Each segment with data in pieces, some of them twice, and neighbours of one side changed round. */
function shuffled(segments: readonly Segment[], seed: number): readonly Segment[] {
  const random = lcg(seed);
  const all = segments.flatMap((segment) => {
    if (segment.payload.length < 4) return [segment];
    const at = 1 + (random() % (segment.payload.length - 1));
    const [first, second] = [piece(segment, 0, at), piece(segment, at, segment.payload.length)];
    const order = random() % 2 === 0 ? [second, first] : [first, second];
    return random() % 3 === 0 ? [...order, piece(segment, 0, segment.payload.length)] : order;
  });
  return all;
}

function piece(segment: Segment, from: number, to: number): Segment {
  const isLast = to === segment.payload.length;
  return {
    ...segment,
    seq: (segment.seq + from) >>> 0,
    payload: segment.payload.subarray(from, to),
    length: to - from,
    flags: isLast ? segment.flags : segment.flags & ~1,
  };
}

function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}
