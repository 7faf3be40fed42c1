import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isUntouched } from "../../../src/adapters/node/untouched.ts";
import { RawClient } from "../../helpers/raw.ts";

const NativeResponse = Response;
const echo = defineSocket({ name: "untouched", upgrade: () => ({ headers: { "x-decided": "1" } }) });

const app = new Hono()
  .get("/plain", (c) => upgrade(c, echo))
  .get("/set-before", (c) => {
    c.header("x-app", "before");
    return upgrade(c, echo);
  })
  .get("/set-after", async (c) => {
    const response = await upgrade(c, echo);
    response.headers.set("x-app", "after");
    return response;
  })
  .get("/looked-at", async (c) => {
    const response = await upgrade(c, echo);
    return response.headers.has("content-type") ? response : c.text("no mark", 500);
  })
  .get("/copied", async (c) => {
    const response = await upgrade(c, echo);
    return new Response(response.body, { headers: { ...Object.fromEntries(response.headers), "x-app": "copied" } });
  })
  .get("/wrapped", async (c) => new Response(null, await upgrade(c, echo)))
  .get("/made-unseen", async (c) => {
    await upgrade(c, echo);
    return c.text("no", 403);
  })
  .get("/another-status", async (c) => new Response(null, { status: 204, headers: (await upgrade(c, echo)).headers }));
app.use("/behind/*", async (c, next) => {
  await next();
  c.header("x-app", "behind");
});
app.get("/behind/socket", (c) => upgrade(c, echo));

let server: NodeServer;
beforeAll(async () => {
  server = await serve(app, { port: 0, hostname: "127.0.0.1", observe: () => {} });
});
afterAll(() => server.close());

async function answerTo(path: string) {
  const client = await RawClient.connect(`http://127.0.0.1:${server.port}`);
  const lines = ["Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  client.write(Buffer.from(`${[`GET ${path} HTTP/1.1`, ...lines, key].join("\r\n")}\r\n\r\n`));
  const { status, headers } = await client.response();
  client.reset();
  const of = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  return { status, app: of("x-app"), decided: of("x-decided"), type: of("content-type") };
}

describe("a response that stands for a socket", () => {
  it.each([
    ["/plain", undefined],
    ["/set-before", "before"],
    ["/set-after", "after"],
    ["/looked-at", undefined],
    ["/copied", "copied"],
    ["/wrapped", undefined],
    ["/behind/socket", "behind"],
  ])("opens it with all that the app has put on it, by %s", async (path, header) => {
    expect(await answerTo(path)).toEqual({ status: 101, app: header, decided: "1", type: undefined });
  });

  it.each([
    ["/made-unseen", 403],
    ["/another-status", 500],
  ])("opens nothing when it is not what the app returns, or no longer what it was, by %s", async (path, status) => {
    expect(await answerTo(path)).toMatchObject({ status, decided: undefined });
  });
});

describe("a response of @hono/node-server", () => {
  const headers = { "content-type": "application/x-mark" };

  it("is untouched until somebody looks at its headers, or at more of it", () => {
    expect(Response).not.toBe(NativeResponse);
    const [looked, used] = [new Response(null, { status: 200, headers }), new Response(null, { status: 200, headers })];
    expect([isUntouched(looked, headers), isUntouched(used, headers)]).toEqual([true, true]);
    expect(looked.headers.get("content-type")).toBe("application/x-mark");
    expect(used.bodyUsed).toBe(false);
    expect([isUntouched(looked, headers), isUntouched(used, headers)]).toEqual([false, false]);
  });

  it("is not untouched with another status, a body, other headers, or where it is the web's own", () => {
    const others = [
      new Response(null, { status: 201, headers }),
      new Response("a", { status: 200, headers }),
      new Response(null, { status: 200, headers: { ...headers } }),
      new Response(null, new Response(null, { headers })),
      new NativeResponse(null, { status: 200, headers }),
    ];
    expect(others.map((response) => isUntouched(response, headers))).toEqual(others.map(() => false));
  });
});
