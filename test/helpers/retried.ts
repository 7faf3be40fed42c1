import type { Reporter, TestModule } from "vitest/node";

/** Says at the end of a run which tests passed the second time only, and why they failed before: other reporters hide that. */
export default class Retried implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const line of modules.flatMap((module) => [...retried(module)])) console.log(`\n${line}`);
  }
}

function* retried({ children, moduleId }: TestModule): Generator<string> {
  for (const test of children.allTests("passed")) {
    if (!test.diagnostic()?.flaky) continue;
    const why = test.result().errors?.map(({ message, stack }) => stack ?? message) ?? [];
    yield [`passed the second time only: ${moduleId} > ${test.fullName}`, ...why].join("\n");
  }
}
