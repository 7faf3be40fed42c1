import { startOn } from "../helpers/runtimes.ts";
import { contract } from "./contract.ts";

contract("deno", () => startOn("deno", `${import.meta.dirname}/../hosts/contract/deno.ts`));
