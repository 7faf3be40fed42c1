import { describe } from "vitest";
import { startOn } from "../../helpers/runtimes.ts";
import { nativeAdapter } from "../native.ts";

describe("the Bun adapter", () => {
  nativeAdapter((mode) => startOn("bun", `${import.meta.dirname}/../../hosts/adapters/bun.ts`, mode));
});
