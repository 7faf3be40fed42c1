import { attacks } from "./everywhere.ts";

attacks("deno");
