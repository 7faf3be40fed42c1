import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { Exchange } from "../../../src/core/upgrade/exchange.ts";
import { reflect } from "../../../src/core/upgrade/reflect.ts";
import { attempt, HANDSHAKE } from "../../helpers/core/core.ts";

const SECRET = { cookie: "s3cret", authorization: "s3cret", "x-api-key": "s3cret", via: "1.1 proxy" };

async function reflected(headers: Record<string, string>) {
  const response = reflect()(new Request("http://a.example/reflect?token=s3cret", { headers }));
  return { text: await response.clone().text(), json: await response.json() };
}

describe("reflect", () => {
  it("names every header, and tells the values of those that hops are made of", async () => {
    const { json, text } = await reflected({ ...HANDSHAKE, ...SECRET });
    expect(json.headers).toEqual(expect.arrayContaining(["cookie", "authorization", "x-api-key", "upgrade"]));
    expect(json.values).toMatchObject({ upgrade: "websocket", via: "1.1 proxy", host: "a.example" });
    expect(text).not.toContain("s3cret");
  });

  it("tells the validator's verdict", async () => {
    expect((await reflected(HANDSHAKE)).json.verdict).toEqual({ ok: true, warnings: [] });
    const { upgrade: _, connection: __, ...stripped } = HANDSHAKE;
    expect((await reflected(stripped)).json.verdict).toMatchObject({
      ok: false,
      code: "UPGRADE_STRIPPED",
      status: 426,
    });
  });

  it("is a handler of a Hono route, and knows there what the host knows", async () => {
    const app = new Hono().get("/", reflect());
    const request = new Request("http://a.example/", { headers: HANDSHAKE });
    new Exchange(attempt(HANDSHAKE, { httpVersion: "1.0" }).attempt, request);
    const json = await (await app.fetch(request)).json();
    expect(json).toMatchObject({ httpVersion: "1.0", verdict: { ok: true, warnings: ["HTTP_1_0"] } });
  });
});
