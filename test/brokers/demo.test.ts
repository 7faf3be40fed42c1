import { describeOnRedis } from "../helpers/redis-server.ts";
import { itJoins } from "./demo.ts";

describeOnRedis("npm run dev:cluster", () => itJoins("redis", 3));
