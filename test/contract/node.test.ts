import { startOn } from "../helpers/runtimes.ts";
import { contract } from "./contract.ts";

contract("node", () => startOn("node", `${import.meta.dirname}/../hosts/contract/node.ts`));
