import { hibernation } from "../contract/contract.ts";
import { startDurable } from "../contract/durable.ts";

hibernation("durable", () => startDurable("between"), "between");
