import { describe, expect, it } from "vitest";
import {
  checkClose,
  decodeClosePayload,
  encodeClosePayload,
  isSendableCode,
} from "../../../src/core/protocol/close.ts";
import { concat, text } from "../../helpers/core/recorder.ts";

const ALLOWED = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
const FORBIDDEN = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];

describe("the close codes", () => {
  it.each(ALLOWED)("%i may be sent and received", (code) => {
    expect(isSendableCode(code)).toBe(true);
  });

  it.each(FORBIDDEN)("%i may be neither sent nor received", (code) => {
    expect(isSendableCode(code)).toBe(false);
  });
});

describe("checkClose", () => {
  it.each(ALLOWED)("lets %i through", (code) => {
    expect(() => checkClose(code, "")).not.toThrow();
  });

  it.each(FORBIDDEN)("throws a TypeError that names %i", (code) => {
    expect(() => checkClose(code, "")).toThrow(new RegExp(`Close code ${code} must not be sent`));
    expect(() => checkClose(code, "")).toThrow(TypeError);
  });

  it.each([1000.5, Number.NaN, Number.POSITIVE_INFINITY])("throws a TypeError for %d, which is no integer", (code) => {
    expect(() => checkClose(code, "")).toThrow(/must not be sent/);
  });

  it("allows a reason of 123 bytes", () => {
    expect(() => checkClose(1000, `${"é".repeat(61)}a`)).not.toThrow();
  });

  it("throws a TypeError for a reason of 124 bytes in fewer characters", () => {
    expect(() => checkClose(1000, "é".repeat(62))).toThrow(
      new TypeError("A close reason must be at most 123 bytes of UTF-8, not 124."),
    );
  });
});

describe("the payload of a Close", () => {
  it("is empty for 1005", () => {
    expect(encodeClosePayload(1005)).toEqual(new Uint8Array(0));
  });

  it("is the code, then the reason", () => {
    expect(encodeClosePayload(1001, "bye")).toEqual(concat(Uint8Array.of(0x03, 0xe9), text("bye")));
  });

  it("means 1005 when it is empty", () => {
    expect(decodeClosePayload(new Uint8Array(0))).toEqual({ code: 1005, reason: "" });
  });

  it("comes back as it was encoded", () => {
    expect(decodeClosePayload(encodeClosePayload(4999, "später"))).toEqual({ code: 4999, reason: "später" });
  });

  it("is CLOSE_PAYLOAD_SHORT when it is one byte", () => {
    expect(decodeClosePayload(Uint8Array.of(3))).toBe("CLOSE_PAYLOAD_SHORT");
  });

  it.each(FORBIDDEN)("is CLOSE_CODE_INVALID with %i", (code) => {
    expect(decodeClosePayload(Uint8Array.of(code >> 8, code))).toBe("CLOSE_CODE_INVALID");
  });

  it("is INVALID_UTF8 when the reason is not UTF-8", () => {
    expect(decodeClosePayload(Uint8Array.of(3, 0xe8, 0xff))).toBe("INVALID_UTF8");
  });
});
