import { describe } from "vitest";
import { startChild } from "../../helpers/child.ts";
import { nativeAdapter } from "../native.ts";

const host = `${import.meta.dirname}/../hosts/bun.ts`;
const bun = `${import.meta.dirname}/../../../node_modules/.bin/bun`;

describe("the Bun adapter", () => {
  nativeAdapter((mode) => startChild(bun, ["--conditions=onesocket-source", host, mode]));
});
