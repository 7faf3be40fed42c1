import { sharded } from "../contract/contract.ts";
import { startDurable } from "../contract/durable.ts";

sharded(() => startDurable("between", 4), "all");
