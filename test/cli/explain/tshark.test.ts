import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { reported } from "./reported.ts";

/** What tshark 4.0.17 printed of the captures beside them. */
const FOLDER = join(import.meta.dirname, "captures", "tshark");

function printed(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

function explained(content: string): readonly Explanation[] {
  return reported([{ name: "capture", content }]).explanations;
}

function codesOf(content: string): readonly string[] {
  return explained(content).flatMap(({ causes }) => causes.map(({ code }) => code));
}

describe("what tshark prints", () => {
  /** The length of a text that is cut. */
  const cut = (text: string, short: number, length: number) =>
    text
      .replace(
        /= Payload length: 5\n/,
        `= Payload length: ${short}\n    Extended Payload length (64 bits): ${length}\n`,
      )
      .replace(/( {8}Text): hello/, "$1 [truncated]: hello");

  it.each<[string, (text: string) => string]>([
    ["a code of five digits", (text) => text.replace(/(Status code: .*)\(\d+\)/g, "$1(99999)")],
    ["a length that no packet has", (text) => cut(text, 127, 900_719_925_474)],
    [
      "a length that its 16 bits can't have",
      (text) => cut(text, 126, 99_999).replace(/(TCP Segment Len: )11\b/g, "$1200000"),
    ],
  ])("with -V is read as far as it can be, with %s in it", (_, damage) => {
    const whole = printed("V.txt").replace(/^.*Per-Message Compressed.*\n/gm, "");
    const damaged = damage(whole);
    expect(damaged).not.toBe(whole);
    expect(explained(damaged)).toMatchObject([{ kind: "capture", what: expect.stringMatching(/valid handshake/) }]);
  });

  it.each([
    ["-T json", "json.txt", ["SWITCH_THEN_FIN"], /valid handshake.*FIN 2\.1 ms after the 101/],
    ["-T json with -e", "json-e.txt", ["SWITCH_THEN_FIN"], /valid handshake.*FIN 2\.1 ms after the 101/],
    ["-T ek", "ek.txt", ["ENDED_WITHOUT_CLOSE"], /1 message of the server .*FIN 1\.50 s after the 101/],
    ["-T fields with a heading", "fields.txt", ["INTERNAL"], /closed it first, with 1011 "INTERNAL"/],
    [
      "-V",
      "V.txt",
      ["INTERNAL"],
      /1 message of the client .*closed it first, with 1011 "INTERNAL".*the other side answered/,
    ],
  ])("with %s is read as the capture itself", (_, name, codes, what) => {
    expect(codesOf(printed(name))).toEqual(codes);
    expect(explained(printed(name))).toMatchObject([
      { kind: "capture", what: expect.stringMatching(what), sure: true },
    ]);
  });

  it.each([
    ["switch-then-fin.txt", "SWITCH_THEN_FIN", /The server answered 101\. The server ended it with FIN 2\.1 ms/],
    ["refused-403.txt", "FORBIDDEN", /The server answered 403: if that was a handshake/],
    ["nothing-listens.txt", "TCP_REFUSED", /RST came to the SYN/],
    ["ssh.txt", "NOT_HTTP", /takes what the server sent for no HTTP/],
  ])("by itself, a list, tells what it can: %s", (name, code, what) => {
    const [found, ...more] = explained(printed(name));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "capture", what: expect.stringMatching(what) });
    expect(codesOf(printed(name))).toContain(code);
    expect(found!.note).toMatch(/hand over the capture itself/);
  });

  it("by itself tells who closed, what is TLS, and what two connections at once leave open", () => {
    expect(explained(printed("healthy.txt"))).toMatchObject([
      { what: expect.stringMatching(/The client closed it/), causes: [] },
    ]);
    expect(explained(printed("tls.txt"))).toMatchObject([{ what: expect.stringMatching(/is TLS/), causes: [] }]);
    expect(explained(printed("nginx-idle.txt"))).toMatchObject([
      { what: expect.stringMatching(/Several connections/), causes: [], steps: [] },
    ]);
  });

  it("between two machines is read by their addresses, with either arrow, filtered or not, and with the time of day", () => {
    const rows = printed("switch-then-fin.txt").split("\n");
    const remote = rows
      .map((row) => {
        const isBack = /37607 → 53686|HTTP\/1\.1 101/.test(row);
        const [from, to] = isBack ? ["10.0.0.2", "10.0.0.9"] : ["10.0.0.9", "10.0.0.2"];
        return row.replace("127.0.0.1 → 127.0.0.1", `${from} → ${to}`);
      })
      .join("\n");
    expect(codesOf(remote.replaceAll("→", "->"))).toContain("SWITCH_THEN_FIN");
    expect(codesOf(remote.replace(/^ +(\d+) +0\.(\d+)/gm, "$1 2026-11-27 12:57:20.$2"))).toContain("SWITCH_THEN_FIN");
    const filtered = remote.split("\n").filter((row) => /HTTP/.test(row));
    expect(explained(filtered.join("\n"))).toMatchObject([
      { what: expect.stringMatching(/No end is in the list/), causes: [] },
    ]);
  });

  it("is not found in what looks like it", () => {
    for (const text of [
      "1 0.5 requests → 3 errors TCP 7",
      '[{"_source":{"message":"x"}}]',
      '{"index":{"_index":"logs-2026"}}',
      "tcp.srcport is a field",
      "Frame 3: 12 bytes were lost",
    ])
      expect(explained(text).filter(({ kind }) => kind === "capture")).toEqual([]);
  });

  it("of a plain request that was answered 200 says nothing", () => {
    const plain = printed("refused-403.txt").replace("403 Forbidden", "200 OK");
    expect(codesOf(plain)).toEqual([]);
  });
});
