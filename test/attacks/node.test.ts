import { attacks } from "./everywhere.ts";

attacks("node");
