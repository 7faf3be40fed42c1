import type { TestContext } from "vitest";
import type { Patient } from "./lab.ts";

/** A patient that is discharged when the test ends. */
export async function admit(coming: Promise<Patient>, finished: TestContext["onTestFinished"]): Promise<string> {
  const { host, stop } = await coming;
  finished(stop);
  return host;
}
