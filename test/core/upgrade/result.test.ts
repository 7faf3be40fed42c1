import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Decision, refuse } from "../../../src/core/contract/definition.ts";
import { parseResult } from "../../../src/core/upgrade/result.ts";
import { otherResponse } from "../../hosts/results.ts";

/** What has a Response's shape, but for what is changed; undefined leaves it out. */
function like(changed: object = {}): object {
  const { status, statusText, headers, body, bodyUsed } = new Response("who?", { status: 401 });
  const methods = { text: async () => "who?", clone: () => undefined };
  return { status, statusText, headers, body, bodyUsed, ...methods, ...changed };
}

describe("what is said", () => {
  it.each<[string, unknown, Decision]>([
    ["nothing", undefined, {}],
    ["an empty object", {}, {}],
    ["an object without a prototype", Object.assign(Object.create(null), { room: "a" }), { room: "a" }],
    ["what JSON made", JSON.parse('{"room":"a"}'), { room: "a" }],
    [
      "all of its fields",
      { room: "a", state: 1, protocol: "b", headers: {} },
      { room: "a", state: 1, protocol: "b", headers: {} },
    ],
  ])("is a decision: %s", (_, value, decision) => {
    expect(parseResult(value)).toEqual({ kind: "decision", decision });
  });

  it.each<[string, unknown]>([
    ["Math", Math],
    ["a Promise, which is to be awaited first", Promise.resolve()],
    ["a network error", Response.error()],
    ["a status that no answer has", like({ status: 100 })],
    ["a status that no Response can have", like({ status: 1000 })],
    ["a body that was read already", like({ bodyUsed: true })],
    ["a Response without a status", like({ status: undefined })],
    ["a Response without headers", like({ headers: undefined })],
    ["a Response whose headers are none", like({ headers: {} })],
    ["a Response without text()", like({ text: undefined })],
    ["a Response without clone()", like({ clone: undefined })],
    ["a function with a Response's fields", Object.assign(() => {}, like())],
    ["a function with a decision's fields", Object.assign(() => {}, { room: "a" })],
    ["a function with a refusal's fields", Object.assign(() => {}, { ...refuse(4000) })],
    ["a refusal with a code that no Close may carry", { ...refuse(4000), code: 1006 }],
    ["a refusal without a code", { ...refuse(4000), code: undefined }],
    ["a refusal with a reason that is too long", { ...refuse(4000), reason: "x".repeat(124) }],
    ["a refusal with a reason that is no text", { ...refuse(4000), reason: 7 }],
    ["a refusal of something else", { ...refuse(4000), type: "refusal" }],
  ])("is odd: %s", (_, value) => {
    expect(parseResult(value)).toEqual({ kind: "invalid", value });
  });

  it("is a refusal, whichever object says so", () => {
    const value = { ...refuse(4403, "banned") };
    expect(parseResult(value)).toEqual({ kind: "refusal", refusal: value });
  });

  it("is the Response itself where it is one of this realm, and a subclass is", () => {
    for (const response of [new Response("a"), new (class Own extends Response {})("a"), new Response("a").clone()]) {
      const result = parseResult(response);
      expect(result.kind === "response" && result.response).toBe(response);
      expect(response.bodyUsed).toBe(false);
    }
  });

  it("is a fetched Response without what was said of its bytes before they were decompressed", async () => {
    const words = "sign in ".repeat(100);
    const server = createServer((_, response) => {
      const body = gzipSync(words);
      const length = body.length;
      response.writeHead(401, { "content-encoding": "gzip", "content-length": length, "set-cookie": ["a=1", "b=2"] });
      response.end(body);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const result = parseResult(await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    server.close();
    if (result.kind !== "response") throw new Error(result.kind);
    const { status, headers } = result.response;
    expect([status, headers.get("content-encoding"), headers.get("content-length")]).toEqual([401, null, null]);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await result.response.text()).toBe(words);
  });

  it("is a Response of this realm for one of another, with all that it says", async () => {
    const other = otherResponse("who?", 401);
    other.headers.append("set-cookie", "a=1");
    other.headers.append("set-cookie", "b=2");
    const result = parseResult(other);
    if (result.kind !== "response") throw new Error(result.kind);
    expect(result.response).toBeInstanceOf(Response);
    expect(result.response.status).toBe(401);
    expect([...result.response.headers]).toEqual([...other.headers]);
    expect(await result.response.text()).toBe("who?");
    const named = parseResult(like({ statusText: "Who Are You" }));
    expect(named.kind === "response" && named.response.statusText).toBe("Who Are You");
  });
});
