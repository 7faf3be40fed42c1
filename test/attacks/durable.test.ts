import { attacks } from "./everywhere.ts";

attacks("durable");
