import { startChild } from "../helpers/child.ts";
import { contract } from "./contract.ts";

const root = `${import.meta.dirname}/../..`;

contract("bun", () =>
  startChild(`${root}/node_modules/.bin/bun`, ["--conditions=onesocket-source", `${import.meta.dirname}/hosts/bun.ts`]),
);
