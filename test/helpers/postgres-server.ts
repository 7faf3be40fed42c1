import { hasPostgres } from "./engines/postgres.ts";
import { describeWhere } from "./needs.ts";

export * from "./engines/postgres.ts";

/** Tests that need PostgreSQL. */
export function describeOnPostgres(what: string, tests: () => void): void {
  describeWhere(hasPostgres(), "postgres is not installed: apt-get install postgresql", what, tests);
}
