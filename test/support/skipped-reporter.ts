/** Says at the end of a run which tests were skipped with a reason, such as a missing browser. */
import type { Reporter, TestModule } from "vitest/node";

/** One line for each file and reason. */
function skippedLines(modules: readonly TestModule[]): string[] {
  const counts = new Map<string, number>();
  for (const module of modules)
    for (const test of module.children.allTests("skipped")) {
      const result = test.result();
      if (result.state !== "skipped" || result.note === undefined) continue;
      const line = `${module.relativeModuleId}: ${result.note}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  return [...counts].map(([line, count]) => `Skipped ${count} ${count === 1 ? "test" : "tests"} of ${line}.`);
}

export function createSkippedReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      const lines = skippedLines(modules);
      if (lines.length > 0) process.stdout.write(`\n${lines.join("\n")}\n`);
    },
  };
}
