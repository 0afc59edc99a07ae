/** A server that is killed while it deletes: the audit accounts for every identity, and a new call plans what is left. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, startServer, surroundings } from "../support/client.ts";
import { startSlowService } from "../support/many.ts";

const KILLS = process.env["LONG"] ? 20 : 2;
const IDENTITIES = 600;

let folder: string;
let service: Awaited<ReturnType<typeof startSlowService>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  service = await startSlowService();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** What `audit --open` prints. */
function openIn(file: string): string {
  try {
    return execFileSync(process.execPath, [`${root}dist/main.js`, "audit", file, "--open"], {
      env: { ...surroundings },
    }).toString();
  } catch (error) {
    return (error as { stdout: Buffer }).stdout.toString();
  }
}

/** The numbers in ` (lines 1-60, 62)`. */
function linesIn(text: string, what: string): Set<number> {
  const [, lines = ""] = new RegExp(`${what}: \\d+ \\(lines ([^)]*)\\)`).exec(text) ?? [];
  return new Set(
    lines.split(", ").flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return first ? Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index) : [];
    }),
  );
}

it(
  `accounts for every identity after ${KILLS} kills`,
  async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_400 }), fc.integer({ min: 5, max: 60 }), async (after, delay) => {
        number += 1;
        service.speed.delay = 0;
        service.deleted.length = 0;
        const { pool, ids } = await service.createPool(IDENTITIES);
        const file = join(folder, `audit-${number}.jsonl`);
        const args = ["--audit", file, "--policy", "delete=off", "--call-wait", "60"];
        const call = { name: "delete-identities", arguments: { IdentityPoolId: pool, where: { withoutLogins: true } } };
        const session = await startServer({ env: service.env, args });
        service.speed.delay = delay;
        const running = session.client.callTool(call).catch(() => undefined);
        while (service.deleted.length === 0) await setTimeout(2);
        await setTimeout(after);
        process.kill(session.pid, "SIGKILL");
        await running;
        await session[Symbol.asyncDispose]();
        // What was on its way arrives.
        await setTimeout(3 * delay + 50);
        service.speed.delay = 0;
        const left = await service.left(pool);
        const [list = ""] = readdirSync(folder).filter((name) => name.startsWith(`audit-${number}.jsonl.`));
        const text = openIn(file);
        if (left.length > 0) {
          expect(statSync(join(folder, list)).mode & 0o777).toBe(0o600);
          const listed = readFileSync(join(folder, list), "utf8").trimEnd().split("\n");
          expect(listed).toEqual(ids);
          const [deleted, unknown] = [linesIn(text, "deleted"), linesIn(text, "not known")];
          const gone = new Set(ids.filter((id) => !left.includes(id)));
          for (const [at, id] of listed.entries()) {
            if (deleted.has(at + 1)) expect(gone.has(id)).toBe(true);
            else if (!unknown.has(at + 1)) expect(gone.has(id)).toBe(false);
            else expect(text).toContain(id);
          }
          expect(text).toContain(`not touched: ${IDENTITIES - deleted.size - unknown.size}`);
        }
        // The state of the account decides what a new call does, not the audit.
        await using again = await startServer({ env: service.env, args });
        const rest = await again.client.callTool(call);
        if (left.length > 0) expect(rest.structuredContent).toMatchObject({ deleted: left.length, of: left.length });
        expect(await service.left(pool)).toEqual([]);
      }),
      { numRuns: KILLS, endOnFailure: true },
    );
  },
  30_000 * KILLS,
);
