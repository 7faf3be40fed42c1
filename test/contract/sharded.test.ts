import { sharded } from "./contract.ts";
import { startDurable } from "./durable.ts";

sharded(() => startDurable(undefined, 4), "rooms");
