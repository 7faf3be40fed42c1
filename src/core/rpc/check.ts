import { proceed } from "./proceed.ts";
import type { Schema, SchemaResult } from "./schema.ts";
import { fromParams } from "./wire.ts";

/**
 * What a method is called with. A list of one item is that item, as `toParams` makes it; or the list, where the schema takes it and not
 * the item. Throws, or rejects with, what the schema throws.
 */
export function check(
  schema: Schema | undefined,
  params: unknown,
): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
  if (schema === undefined) return { value: fromParams(params) };
  const { validate } = schema["~standard"];
  const value = fromParams(params);
  if (value === params) return validate(params);
  return proceed(validate(value), (item) =>
    item.issues ? proceed(validate(params), (list) => (list.issues ? item : list)) : item,
  );
}

/** Whether it is a schema, by the standard's shape. Some are functions. */
export function isSchema(value: unknown): value is Schema {
  const { "~standard": standard } = (value ?? {}) as Partial<Schema>;
  return typeof standard?.validate === "function";
}
