import type { Reporter, TestModule } from "vitest/node";

/** Says at the end of a run what was skipped, and why: other reporters only count it. */
export default class Untested implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = new Set(modules.flatMap((module) => [...skipped(module)]));
    if (lines.size > 0) console.log(`\n${[...lines].join("\n")}\n`);
  }
}

function* skipped({ children }: TestModule): Generator<string> {
  for (const test of children.allTests("skipped")) {
    const result = test.result();
    const note = result.state === "skipped" ? result.note : undefined;
    // Those that the command left out have none.
    if (note !== undefined) yield `not tested: ${test.fullName}: ${note}`;
  }
}
