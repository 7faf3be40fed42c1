import { attacks } from "./everywhere.ts";

attacks("bun");
