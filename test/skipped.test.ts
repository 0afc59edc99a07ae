/** `npm test` says which tests were skipped because something is missing on this machine. */
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { root } from "./support/client.ts";

it("without a browser, the tests of the pages are skipped, and the end says so", { timeout: 120_000 }, () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [`${root}node_modules/vitest/vitest.mjs`, "run", "test/operator/web/enroll-page.test.ts"],
    { cwd: root, encoding: "utf8", env: { ...process.env, CHROMIUM: "", NO_COLOR: "1" } },
  );
  expect(stdout).toMatch(
    /\nSkipped \d+ tests of test\/operator\/web\/enroll-page\.test\.ts: there is no Chromium or Chrome here\. Install one, or name it in the variable CHROMIUM\.\n/,
  );
  expect(status).toBe(0);
});
