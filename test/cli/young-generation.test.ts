/** The memory for young objects, in a process where many of them survive. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { root } from "../support/client.ts";

/** The most memory for young objects in MB, of a process that makes many objects and lets them go late. */
function mostYoungMb(setUp: string): number {
  const script = `
    import { getHeapSpaceStatistics } from "node:v8";
    ${setUp}
    const held = [];
    let most = 0;
    for (let turn = 0; turn < 150; turn += 1) {
      held.push(Array.from({ length: 10_000 }, (_, at) => ({ turn, at, text: "x" + at })));
      if (held.length > 20) held.shift();
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);
    }
    console.log(most / 1024 / 1024);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  return Number(execFileSync(process.execPath, args, { cwd: root }).toString());
}

it("stays at its limit, which it would exceed", { timeout: 60_000 }, () => {
  const limited = mostYoungMb(
    `import { limitYoungGeneration } from "./src/cli/young-generation.ts"; limitYoungGeneration();`,
  );
  expect(limited).toBeLessThanOrEqual(16);
  expect(mostYoungMb("")).toBeGreaterThan(16);
});
