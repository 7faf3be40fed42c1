import { describe } from "vitest";
import { startOn } from "../../helpers/runtimes.ts";
import { nativeAdapter } from "../native.ts";

describe("the Deno adapter", () => {
  nativeAdapter((mode) => startOn("deno", `${import.meta.dirname}/../../hosts/adapters/deno.ts`, mode));
});
