import { startOn } from "../helpers/runtimes.ts";
import { contract } from "./contract.ts";

contract("bun", () => startOn("bun", `${import.meta.dirname}/../hosts/contract/bun.ts`));
