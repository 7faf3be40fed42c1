import { describe, expect, it, onTestFinished } from "vitest";
import { Client } from "../../helpers/client.ts";
import { startOn } from "../../helpers/runtimes.ts";
import { nativeAdapter } from "../native.ts";

describe("the Deno adapter", () => {
  nativeAdapter((mode) => startOn("deno", `${import.meta.dirname}/../../hosts/adapters/deno.ts`, mode));

  it("is imported and serves without what Deno has of Node, which takes long to load", async () => {
    const { url, stop } = await startOn("deno", `${import.meta.dirname}/../../hosts/adapters/deno-lean.ts`);
    onTestFinished(stop);
    const client = await Client.connect(url);
    client.send("hello");
    expect(await client.next()).toBe("hello");
    await client.close();
  });
});
