import { proceed } from "./proceed.ts";
import type { Schema, SchemaResult } from "./schema.ts";
import { fromParams } from "./wire.ts";

/**
 * What a method is called with. A list of one item is that item, as `toParams` makes it; or the list, where the schema takes it and not
 * the item. Throws, or rejects with, what the schema throws, and a TypeError for a schema that answers with neither a value nor issues.
 */
export function check(
  schema: Schema | undefined,
  params: unknown,
): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
  if (schema === undefined) return { value: fromParams(params) };
  const by = (value: unknown) => proceed(schema["~standard"].validate(value), schemaResult);
  const value = fromParams(params);
  if (value === params) return by(params);
  return proceed(by(value), (item) =>
    item.issues ? proceed(by(params), (list) => (list.issues ? item : list)) : item,
  );
}

/**
 * What a schema's answer says, read once. Throws a TypeError for one that has neither a value nor issues: a function that returns false
 * for what is wrong is no schema, and nothing may pass by it.
 */
export function schemaResult(answer: unknown): SchemaResult<unknown> {
  const { issues } = Object(answer) as { issues?: unknown };
  if (Array.isArray(issues)) return { issues };
  const isGood = issues === undefined || issues === null;
  if (isGood && Object(answer) === answer && "value" in (answer as object)) return { value: (answer as Fit).value };
  throw new TypeError(`a Standard Schema answers with { value } or { issues }, not ${typeof answer}`);
}

type Fit = Extract<SchemaResult<unknown>, { value: unknown }>;

/** Whether it is a schema, by the standard's shape. Some are functions. */
export function isSchema(value: unknown): value is Schema {
  const { "~standard": standard } = (value ?? {}) as Partial<Schema>;
  return typeof standard?.validate === "function";
}
