import { readdirSync } from "node:fs";
import { startChild } from "../helpers/child.ts";
import { contract } from "./contract.ts";

const root = `${import.meta.dirname}/../..`;
// The binary itself: npm's shim does not pass signals on.
const platform = readdirSync(`${root}/node_modules/@deno`)[0];

contract("deno", () =>
  startChild(`${root}/node_modules/@deno/${platform}/deno`, [
    "run",
    "--quiet",
    "--no-check",
    "--allow-net",
    "--allow-read",
    "--allow-env",
    "--conditions=onesocket-source",
    `${import.meta.dirname}/hosts/deno.ts`,
  ]),
);
