import { startChild } from "../helpers/child.ts";
import { contract } from "./contract.ts";

contract("node", () =>
  startChild(process.execPath, ["--conditions=onesocket-source", `${import.meta.dirname}/hosts/node.ts`]),
);
