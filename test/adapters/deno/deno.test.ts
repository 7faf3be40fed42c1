import { readdirSync } from "node:fs";
import { describe } from "vitest";
import { startChild } from "../../helpers/child.ts";
import { nativeAdapter } from "../native.ts";

const host = `${import.meta.dirname}/../hosts/deno.ts`;
// The binary itself: npm's shim does not pass signals on.
const binaries = `${import.meta.dirname}/../../../node_modules/@deno`;
const deno = `${binaries}/${readdirSync(binaries)[0]}/deno`;
const flags = ["--quiet", "--no-check", "--allow-net", "--allow-read", "--allow-env", "--conditions=onesocket-source"];

describe("the Deno adapter", () => {
  nativeAdapter((mode) => startChild(deno, ["run", ...flags, host, mode]));
});
