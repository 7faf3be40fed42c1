import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RUNTIMES } from "../contract/runtime.ts";
import { BINARY, frame, header, RawClient, TEXT } from "../helpers/raw.ts";
import { type AppHost, startApp } from "./hosts.ts";
import { servers } from "./protocols/app.ts";
import { HANDSHAKES } from "./protocols/cases.ts";

/** The app as it is, beside what serves it. */
const APP = {
  name: "protocols",
  modules: { "app.ts": `export * from ${JSON.stringify(`${import.meta.dirname}/protocols/app.ts`)};` },
  servers: Object.keys(servers),
};

describe.each(RUNTIMES)("clients whose servers are elsewhere, on %s", (runtime) => {
  let host: AppHost;
  beforeAll(async () => {
    host = await startApp(runtime, APP);
  }, 60_000);
  afterAll(() => host.stop());

  it.each(HANDSHAKES)("$of", async ({ path, offers = null, headers, chosen, talk, closed }) => {
    const client = await RawClient.connect(host.url);
    client.handshake({ path, headers: { "sec-websocket-protocol": offers, ...headers } });
    const answer = await client.response();
    expect([answer.status, header(answer, "sec-websocket-protocol")]).toEqual([101, chosen]);
    for (const [from, what] of talk) {
      const opcode = typeof what === "string" ? TEXT : BINARY;
      if (from === ">") client.write(frame(opcode, what));
      else expect(await client.frame()).toEqual({ fin: true, opcode, payload: Buffer.from(what as string) });
    }
    if (closed) expect(await client.close()).toEqual({ code: closed[0], reason: closed[1] });
    client.reset();
  });
});
