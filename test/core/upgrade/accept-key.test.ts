import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { acceptKey } from "../../../src/core/upgrade/accept-key.ts";

const byCrypto = (key: string) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

describe("acceptKey", () => {
  it("answers the key of RFC 6455 §1.3", () => {
    expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  it("agrees with node:crypto on random keys", () => {
    for (let i = 0; i < 500; i++) {
      const key = randomBytes(16).toString("base64");
      expect(acceptKey(key)).toBe(byCrypto(key));
    }
  });

  it("agrees with node:crypto on every length around the borders of SHA-1's blocks", () => {
    for (let length = 0; length < 200; length++) {
      const key = "k".repeat(length);
      expect(acceptKey(key)).toBe(byCrypto(key));
    }
  });
});
