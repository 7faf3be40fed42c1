import fc from "fast-check";

/** Something that must hold for every input. Inputs are JSON data, so that a counterexample can be kept as a file. */
export interface Property<Input> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws, or rejects, when it does not hold. */
  holds(input: Input): void | Promise<void>;
}

/** Bytes as hexadecimal digits. */
export function hexBytes(constraints: { maxLength: number; minLength?: number }): fc.Arbitrary<string> {
  return fc.uint8Array(constraints).map((bytes) => Buffer.from(bytes).toString("hex"));
}

export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** Throws with both values when they differ. */
export function same(got: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a} is not ${b}`);
}

/** Throws unless it is so. */
export function must(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** A property whose input type no longer matters. */
export type AnyProperty = Property<never>;

/** One run of a property with fast-check. `ms` stops it early; without, it makes `runs`. */
export async function run(
  property: AnyProperty,
  { seed, runs, ms }: { seed: number; runs: number; ms?: number },
): Promise<{ readonly runs: number; readonly failure?: { readonly input: unknown; readonly error: string } }> {
  const { inputs, holds } = property as unknown as Property<unknown>;
  const limit = ms === undefined ? {} : { interruptAfterTimeLimit: ms, markInterruptAsFailure: false };
  const outcome = await fc.check(
    fc.asyncProperty(inputs, async (input) => void (await holds(input))),
    { seed, numRuns: runs, ...limit },
  );
  if (!outcome.failed || outcome.counterexample === null) return { runs: outcome.numRuns };
  return { runs: outcome.numRuns, failure: { input: outcome.counterexample[0], error: String(outcome.errorInstance) } };
}
