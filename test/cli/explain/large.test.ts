import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CROWD_NAMES, type Crowd, largeCapture, measuredExplain } from "./captures/large.ts";

const MIB = 1 << 20;

/** Node collects often: what is measured is what explain needs, and not how much garbage a busy Node lets lie, which was 70 MiB or 290. */
const FRUGAL = ["--max-old-space-size=128", "--max-semi-space-size=4"];

/** What has to be said of each. */
const SAID: Readonly<Record<Crowd, RegExp>> = {
  "SYN flood": /there is no answer in this capture[\s\S]* other connections show nothing of a WebSocket/,
  handshakes: /The server answered 101, and all is right with it[\s\S]*SWITCH_THEN_FIN/,
  "plain HTTP": /GET \/style\.css is an ordinary request/,
  "small frames": /617276 messages of the client/,
  "large frames": /833 messages of the client/,
  TLS: /The connection is TLS/,
};

describe("a capture of 50 MB", () => {
  let folder: string;
  let empty: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "onesocket-large-"));
    empty = (await measuredExplain("1006", FRUGAL)).peak;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(CROWD_NAMES)(
    "of %s is gone through in less than 256 MiB beside what a number takes",
    async (crowd) => {
      const file = join(folder, "large.pcap");
      writeFileSync(file, largeCapture(crowd, 50e6));
      const { stdout, code, peak } = await measuredExplain(file, FRUGAL);
      expect(code).toBe(0);
      expect(stdout).toMatch(SAID[crowd]);
      expect((peak - empty) / MIB).toBeLessThan(256);
    },
    120_000,
  );
});
