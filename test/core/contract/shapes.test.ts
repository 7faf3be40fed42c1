import { describe, expect, it } from "vitest";
import { isResponse } from "../../../src/core/contract/shapes.ts";
import { otherResponse } from "../../hosts/results.ts";

describe("a Response", () => {
  it("is known by all that it has", () => {
    const { status, headers } = new Response();
    const like = { status, headers, text: async () => "", clone: () => undefined };
    expect([new Response(), like, otherResponse("", 200)].map(isResponse)).toEqual([true, true, true]);
    expect([undefined, null, 1, "a", {}, new Request("http://a"), new Headers()].map(isResponse)).not.toContain(true);
  });
});
