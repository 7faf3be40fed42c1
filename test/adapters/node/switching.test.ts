import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { defineSocket } from "onesocket";
import { serve } from "onesocket/node";
import { afterAll, describe, expect, it } from "vitest";
import { acceptKey } from "../../../src/core/upgrade/accept-key.ts";

const definition = defineSocket({
  name: "switching",
  upgrade: ({ url }) => (url.endsWith("/x") ? { headers: { "x-of": "x" } } : {}),
});
const server = await serve(definition, { port: 0, hostname: "127.0.0.1" });
afterAll(() => server.close());

/** Asks for a socket, and returns the fields of the answer's head. */
async function handshake(path: string, key: string): Promise<Headers> {
  const client = connect({ port: server.port, host: "127.0.0.1" });
  client.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  let head = "";
  while (!head.includes("\r\n\r\n")) head += String((await once(client, "data"))[0]);
  client.destroy();
  const [line, ...fields] = head.trimEnd().split("\r\n");
  expect(line).toBe("HTTP/1.1 101 Switching Protocols");
  return new Headers(fields.map((field) => field.split(": ", 2) as [string, string]));
}

describe("the head of a 101", () => {
  it("has the answer to its own key, however many are asked for at once", async () => {
    const keys = Array.from({ length: 64 }, () => randomBytes(16).toString("base64"));
    const heads = await Promise.all(keys.map((key) => handshake("/", key)));
    expect(heads.map((head) => head.get("sec-websocket-accept"))).toEqual(keys.map(acceptKey));
    expect([...heads[0]!.keys()]).toEqual(["connection", "sec-websocket-accept", "upgrade"]);
  });

  it("has the decision's fields, and the next one has them not", async () => {
    const key = randomBytes(16).toString("base64");
    expect((await handshake("/x", key)).get("x-of")).toBe("x");
    const next = await handshake("/", key);
    expect([next.get("x-of"), next.get("sec-websocket-accept")]).toEqual([null, acceptKey(key)]);
  });
});
