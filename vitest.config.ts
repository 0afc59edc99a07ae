import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The SDK's notice about Node versions says nothing about a test.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    // Processes are started and drained; a loaded machine takes its time.
    // Most tests wait for processes, so every core takes a worker.
    maxWorkers: "100%",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A report for people, by `npm run coverage`. What runs in a server process of its own is not counted.
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text", "html"], reportsDirectory: "coverage" },
  },
});
