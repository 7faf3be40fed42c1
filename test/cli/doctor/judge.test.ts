import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { headOf } from "../../../src/cli/doctor/answer.ts";
import { hexDump, looksLike } from "../../../src/cli/doctor/bytes.ts";
import { hopOf } from "../../../src/cli/doctor/hop.ts";
import { judgeSwitch } from "../../../src/cli/doctor/judge.ts";
import { doctorOptions } from "../../../src/cli/doctor/options.ts";
import { makeRequest } from "../../../src/cli/doctor/request.ts";
import { Secrets } from "../../../src/cli/doctor/secrets.ts";
import { lastFrame } from "../../../src/cli/doctor/talk.ts";

const REQUEST = makeRequest(doctorOptions(["ws://localhost"])!.options);
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function answerWith(...lines: string[]) {
  const found = headOf(Buffer.from(["HTTP/1.1 101 a", ...lines, "", ""].join("\r\n")));
  if (typeof found !== "object") throw new Error("no head");
  return found.answer;
}

describe("a wrong Sec-WebSocket-Accept", () => {
  it.each([
    ["the GUID was left out", REQUEST.key],
    ["the GUID is in lower case", REQUEST.key + GUID.toLowerCase()],
    ["no key was hashed", GUID],
  ])("is explained: %s", (slip, hashed) => {
    const accept = createHash("sha1").update(hashed).digest("base64");
    const found = judgeSwitch(
      answerWith("Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`),
      REQUEST,
    );
    expect(found.map(({ code, detail }) => [code, detail.endsWith(slip)])).toEqual([["ACCEPT_MISMATCH", true]]);
  });
});

describe("what answers", () => {
  it.each([
    ["nginx", "Server: openresty/1.25", ""],
    ["Cloudflare", "CF-RAY: 8c0-FRA", ""],
    ["Caddy", "Via: 1.1 Caddy", ""],
    ["ALB", "Server: awselb/2.0", ""],
    ["Apache", "X: y", "<address>Apache/2.4.62 (Debian) Server</address>"],
    ["HAProxy", "X: y", "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request."],
    ["Traefik", "X: y", "no available server\n"],
  ])("is recognised as %s by %s %s", (name, header, body) => {
    expect(hopOf(answerWith(header), body)?.name).toBe(name);
  });

  it("is nobody in particular without a sign", () => {
    expect(hopOf(answerWith("Server: Werkzeug"), "<h1>Not Found</h1>")).toBeUndefined();
  });

  it.each([
    ["TLS", [0x15, 3, 3, 0, 2, 2, 70]],
    ["HTTP/2 frames", [0, 0, 0, 4, 0, 0, 0, 0, 0]],
    ["SSH", [..."SSH-2.0-x"].map((char) => char.charCodeAt(0))],
    ["binary data", [0xff, 0xfb, 1]],
  ])("looks like %s", (what, bytes) => {
    expect(looksLike(Uint8Array.from(bytes))).toBe(what);
  });

  it("is dumped in hex and as text", () => {
    expect(hexDump(Buffer.from("GET\r\n"))).toEqual([
      "00000000  47 45 54 0d 0a                                   GET..",
    ]);
  });

  it("ended with the frame that began last", () => {
    expect(lastFrame(Buffer.from([0x81, 1, 65, 0x81, 2, 66]))).toBe(3);
    expect(lastFrame(Buffer.from([0x81, 1, 65]))).toBe(0);
    expect(lastFrame(Buffer.alloc(0))).toBe(0);
  });
});

describe("secrets", () => {
  const secrets = new Secrets([
    ["Cookie", "sid=kekssorte; theme=dark"],
    ["Authorization", "Bearer traegerin"],
    ["Origin", "https://app.example.com"],
  ]);

  it("are hidden whole, in their parts and as a URL spells them", () => {
    const text = "sid=kekssorte; theme=dark / kekssorte / traegerin / sid%3Dkekssorte";
    expect(secrets.hide(text)).not.toMatch(/kekssorte|traegerin/);
  });

  it("are blotted out of bytes without moving any", () => {
    expect(secrets.blot(Buffer.from("a traegerin b")).toString()).toBe("a ********* b");
  });

  it("are no verdicts, though a cookie may have the same value", () => {
    const given = { verdict: "dark", detail: "it is dark" };
    expect(secrets.hideIn(given)).toEqual({ verdict: "dark", detail: "it is [hidden]" });
  });

  it("are not the origin of a page", () => {
    expect(secrets.value("Origin", "https://app.example.com")).toBe("https://app.example.com");
    expect(secrets.value("X-Whatever", "1")).toBe("[hidden]");
  });
});
