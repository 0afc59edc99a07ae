import { defineConfig } from "vitest/config";
import { createSkippedReporter } from "./test/support/skipped-reporter.ts";

/** Tests of guards, redaction, attacks and batches through a client, which run in both eras of MCP. Those that take longest do so with LONG=1. */
const inBothEras = [
  "test/guards/approval/{gate,drift}.test.ts",
  "test/guards/redaction/{secrets,reveal}.test.ts",
  "test/attacks/{confirmation-words,hidden-changes,merging,provider-secrets,two-accounts}.test.ts",
  "test/call/many/{pools,selection}.test.ts",
  "test/mcp/vocabulary.test.ts",
  ...(process.env["LONG"]
    ? [
        "test/call/many/jobs.test.ts",
        "test/guards/approval/attacker.test.ts",
        "test/guards/policy.test.ts",
        "test/guards/redaction/invisible.test.ts",
        "test/attacks/{carried-out,guessing,large-answers,racing-changes,retried-changes}.test.ts",
      ]
    : []),
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "legacy", include: ["{test,examples}/**/*.test.ts"] } },
      // What they measure is written once.
      { extends: true, test: { name: "modern", include: inBothEras, env: { MCP_ERA: "modern", FIGURES: "" } } },
    ],
    // The SDK's notice about Node versions says nothing about a test.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    // Processes are started and drained; a loaded machine takes its time.
    // Most tests wait for processes, so every core takes a worker.
    maxWorkers: "100%",
    reporters: ["default", createSkippedReporter()],
    // With LONG=1 many tests take fifty times their inputs.
    testTimeout: process.env["LONG"] ? 300_000 : 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    // A report for people, by `npm run coverage`. What runs in a server process of its own is not counted.
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text", "html"], reportsDirectory: "coverage" },
  },
});
