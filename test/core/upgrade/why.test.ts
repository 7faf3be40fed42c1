import { describe, expect, it } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { addFailures, type FailureCode } from "../../../src/core/contract/failures.ts";
import { asksWhy, pageFailure, whyResponse } from "../../../src/core/upgrade/why.ts";

addFailures(FAILURES);

const URL_OF_THE_SOCKET = "http://chat.example/room";

function request(headers: Record<string, string>) {
  return { url: URL_OF_THE_SOCKET, headers: new Headers({ host: "chat.example", ...headers }) };
}

describe("a page that asks why its handshake was refused", () => {
  it("is known by what it accepts, among other types", () => {
    const asks = (accept: string, code: FailureCode = "NOT_A_HANDSHAKE") => asksWhy({ code }, new Headers({ accept }));
    expect(asks("application/vnd.onesocket.why, */*;q=0.1")).toBe(true);
    expect(asks("text/html, */*")).toBe(false);
    expect(asks("application/vnd.onesocket.why", "KEY_MISSING")).toBe(false);
    expect(asksWhy({ code: "NOT_A_HANDSHAKE" }, new Headers())).toBe(false);
  });

  it("is judged by its Origin, or by its Referer where there is none", () => {
    expect(pageFailure({}, request({ origin: "https://evil.example" }))?.code).toBe("ORIGIN_REJECTED");
    expect(pageFailure({}, request({ referer: "https://evil.example/page?q=1" }))?.code).toBe("ORIGIN_REJECTED");
    expect(pageFailure({}, request({ referer: "http://chat.example/page" }))).toBeUndefined();
    expect(
      pageFailure({ origins: ["https://app.example"] }, request({ origin: "https://app.example" })),
    ).toBeUndefined();
    expect(pageFailure({}, request({ referer: "no URL" }))).toBeUndefined();
    expect(pageFailure({}, request({}))).toBeUndefined();
  });

  it("is answered what every page may read: a code, cause and fix as JSON, and nothing of the request", async () => {
    const response = whyResponse({ code: "ORIGIN_REJECTED", detail: "https://evil.example" }, undefined);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toContain("onesocket-failure");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    const { code, cause, fix } = await response.clone().json();
    expect([code, typeof cause, typeof fix]).toEqual(["ORIGIN_REJECTED", "string", "string"]);
    expect(await response.text()).not.toContain("evil");
  });

  it("is told the code alone where the definition tells no more", async () => {
    expect(Object.keys(await whyResponse({ code: "OVERLOADED" }, "code").json())).toEqual(["code"]);
  });
});
