import { describe, expect, it } from "vitest";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { addFailures, type FailureCode, failure, failureResponse } from "../../../src/core/contract/failures.ts";

addFailures(FAILURES);

const codes = Object.keys(FAILURES) as FailureCode[];
const secret = "value-from-the-request";

describe.each(codes)("the answer to %s", (code) => {
  it("tells code, cause and fix, and nothing of the request", async () => {
    const [, cause, fix] = FAILURES[code];
    const response = failureResponse(failure(code, secret));
    expect(await response.text()).toBe(
      `${code}: ${cause}\nFix: ${fix}\nMore: npx onesocket explain ${code}, or docs/failures.md#${code.toLowerCase()} in the npm package onesocket\n`,
    );
    expect(JSON.stringify([...response.headers])).not.toContain(secret);
  });

  it("is the code alone where the definition wants no more", async () => {
    expect(await failureResponse(failure(code, secret), "code").text()).toBe(`${code}\n`);
  });

  it("is never cached, and names its code in a header", () => {
    const { status, headers } = failureResponse(failure(code));
    expect(status).toBe(FAILURES[code][0]);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("onesocket-failure")).toBe(code);
  });

  it("carries the headers that its status asks for, and no others", () => {
    const { status, headers } = failureResponse(failure(code));
    expect(headers.get("upgrade")).toBe(status === 426 ? "websocket" : null);
    expect(headers.get("sec-websocket-version")).toBe(code === "VERSION_UNSUPPORTED" ? "13" : null);
    expect(headers.get("allow")).toBe(status === 405 ? "GET" : null);
    expect(headers.get("retry-after")).toBe(status === 503 ? "5" : null);
  });

  it("has a cause and a fix that are sentences on one line, in ASCII", () => {
    const [, cause, fix] = FAILURES[code];
    for (const sentence of [cause, fix]) expect(sentence).toMatch(/^[A-Z][ -~]{5,110}\.$/);
  });
});

describe("a failure", () => {
  it("has a detail only when one was given", () => {
    expect(failure("KEY_MISSING")).toEqual({ code: "KEY_MISSING" });
    expect(failure("URL_TOO_LONG", "9 bytes")).toEqual({ code: "URL_TOO_LONG", detail: "9 bytes" });
  });
});
