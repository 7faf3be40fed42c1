import { contract } from "./contract.ts";
import { startDurable } from "./durable.ts";

contract("durable", () => startDurable());
