/** Whatever AWS answers and whoever listens, no 8 characters of a secret are said: through the real server, to every channel. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWithout } from "../../support/build.ts";
import { report } from "../../support/figures.ts";
import { type Hunt, huntCase, startHunt, toolNames } from "../../support/hunt.ts";
import { leakAtStart, leakOfOwn, leakOfReference, leakOfShortSecret, leakOfUnmet, STOP } from "../../support/leaks.ts";

const cases = process.env["LONG"] ? 100_000 : 800;

/** Side by side, since each waits for its servers most of the time. */
let hunts: Hunt[];
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const program = await buildWithout([STOP], join(folder, "server.mjs"));
  hunts = await Promise.all(Array.from({ length: process.env["LONG"] ? 4 : 1 }, () => startHunt(program)));
}, 60_000);
afterAll(async () => {
  await Promise.all(hunts.map((hunt) => hunt[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
});

describe("a secret that AWS repeats", () => {
  it("is said to nobody", async () => {
    const seen = { redacted: 0, tools: new Set<string>() };
    const follow = (hunt: Hunt) =>
      fc.assert(
        fc.asyncProperty(huntCase, async (hunted) => {
          const { leak, said } = await hunt.run(hunted);
          expect(leak).toBeUndefined();
          seen.tools.add(hunted.tool);
          if (/\[redacted\]|contains characters of a secret/.test(said)) seen.redacted += 1;
        }),
        { numRuns: cases / hunts.length },
      );
    await Promise.all(hunts.map(follow));
    // Else the secrets were not there to be said.
    expect(seen.redacted).toBeGreaterThan(cases / 5);
    expect(seen.tools.size).toBe(toolNames.length);
    report(
      13,
      "test secrets through the server",
      `0 leaks in ${cases} cases; in ${seen.redacted} a secret was withheld or taken out`,
    );
  }, 3_600_000);
});

describe("a secret that nobody told of", () => {
  it.each([
    ["one too short to be known by its value", () => leakOfShortSecret()],
    ["one that was never met, and looks like one", () => leakOfUnmet()],
    ["the server's own, from the environment", () => leakOfOwn("environment")],
    ["the server's own, from a file", () => leakOfOwn("file")],
    ["the token of a login reference", () => leakOfReference()],
    ["the server's own, in a setting that is refused", () => leakAtStart()],
  ])("is not said: %s", async (_, leak) => expect(await leak()).toBeUndefined());
});
