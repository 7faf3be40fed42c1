import { describe, expect, it } from "vitest";
import { nextAfter, waitMs } from "../../src/client/backoff.ts";
import { clientFailure } from "../../src/client/failures.ts";
import { settingsOf } from "../../src/client/options.ts";

const settings = settingsOf({ backoff: { firstMs: 1_000, longestMs: 30_000, spreadMs: 5_000 } });

function closedWith(closeCode: number, fresh = false, retryOn: number[] = []) {
  return nextAfter(clientFailure("CLOSED_BY_SERVER", { closeCode }), fresh, retryOn);
}

describe("what a client does next", () => {
  it("is decided by the close code", () => {
    expect([1001, 1012].map((code) => closedWith(code))).toEqual(["spread", "spread"]);
    expect([1005, 1002, 1007, 1009, 1011, 1013, 3001, 3999].map((code) => closedWith(code))).toEqual(
      Array(8).fill("retry"),
    );
    expect([1000, 1008, 3003, 4000, 4999].map((code) => closedWith(code))).toEqual(Array(5).fill("stop"));
    expect([closedWith(3000), closedWith(3000, true)]).toEqual(["stop", "retry"]);
    expect(closedWith(4001, false, [4001])).toBe("retry");
    expect(closedWith(4002, false, [4001])).toBe("stop");
  });

  it("is to leave a server in peace that refuses, and to try others again", () => {
    const after = (status?: number) => nextAfter(clientFailure("NOT_TOLD", { status }), false, []);
    expect([401, 403].map(after)).toEqual(["peace", "peace"]);
    expect([404, 429, 500, 503, undefined].map(after)).toEqual(Array(5).fill("retry"));
  });

  it("is nothing, where no other URL is to be had for one that is none", () => {
    expect(nextAfter(clientFailure("BAD_URL"), false, [])).toBe("stop");
    expect(nextAfter(clientFailure("BAD_URL"), true, [])).toBe("peace");
  });
});

describe("the wait", () => {
  it("is by chance, from nothing up to a bound that each failure doubles, and that has one of its own", () => {
    const most = Array.from({ length: 8 }, (_, n) => waitMs("retry", n, 1, settings));
    expect(most).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(waitMs("retry", 5, 0, settings)).toBe(0);
    expect(waitMs("retry", 2, 0.5, settings)).toBe(2_000);
    expect(waitMs("retry", 5_000, 1, settings)).toBe(30_000);
  });

  it("after a restart is spread, wide from the first", () => {
    expect([0, 1, 2, 3].map((n) => waitMs("spread", n, 1, settings))).toEqual([5_000, 10_000, 20_000, 30_000]);
    expect(waitMs("spread", 0, 0.1, settings)).toBe(500);
  });

  it("at one that refuses is long from the first", () => {
    expect([0, 1].map((random) => waitMs("peace", 0, random, settings))).toEqual([15_000, 30_000]);
  });
});
