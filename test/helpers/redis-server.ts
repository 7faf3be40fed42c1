import { describeNeeding } from "./needs.ts";

export * from "./engines/redis.ts";

/** Tests that need redis-server. */
export function describeOnRedis(what: string, tests: () => void): void {
  describeNeeding({ command: "redis-server", debianPackage: "redis-server" }, what, tests);
}
