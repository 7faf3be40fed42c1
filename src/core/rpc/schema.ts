/**
 * Standard Schema 1.1, as far as it is used here: what zod, valibot, arktype and others implement. A copy, as its authors mean it to
 * be, so that nobody has to install it.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/** What a schema says of a value: the value as it is to be used, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema takes; undefined where there is no schema. */
export type InputOf<Given> = Given extends Schema<infer Input, infer _> ? Input : undefined;

/** What a schema gives; unknown where there is none. */
export type OutputOf<Given> = Given extends Schema<infer _, infer Output> ? Output : unknown;

/**
 * A type where a schema is expected, for what need not be checked, such as what the server itself sends:
 * `notifications: { said: type<{ text: string }>() }`. It takes every value as it is.
 */
export function type<Value>(): Schema<Value> {
  return { "~standard": { version: 1, vendor: "onesocket", validate: (value) => ({ value: value as Value }) } };
}
