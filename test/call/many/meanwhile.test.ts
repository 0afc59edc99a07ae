/** Whatever others do to the pool while its identities are deleted: what they changed or made is left alone, and all is counted. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { approve, type Session, startServer } from "../../support/client.ts";
import { startSlowService } from "../../support/many.ts";

const LONG = process.env["LONG"] !== undefined;
const RUNS = LONG ? 100 : 6;

let service: Awaited<ReturnType<typeof startSlowService>>;
let session: Session;
beforeAll(async () => {
  service = await startSlowService();
  const args = ["--call-wait", LONG ? "30" : "60", "--max-deleted-identities", "1000000"];
  session = await startServer({ env: service.env, args, respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

/** What others do before the request with this number: to the identity at this place, or a new one. */
const events = fc.array(
  fc.record({ before: fc.nat(12), what: fc.constantFrom("login", "delete", "create"), place: fc.nat(199) }),
  { maxLength: 30 },
);

it("leaves alone what gained a login, what is new and what is gone, and accounts for each identity", async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(events, async (planned) => {
      number += 1;
      const provider = `login.number${number}`;
      const made = await service.call("CreateIdentityPool", {
        IdentityPoolName: "many",
        AllowUnauthenticatedIdentities: true,
        DeveloperProviderName: provider,
      });
      const pool = String(made["IdentityPoolId"]);
      const create = async () => String((await service.call("GetId", { IdentityPoolId: pool }))["IdentityId"]);
      const ids: string[] = [];
      for (let count = 0; count < 200; count += 1) ids.push(await create());
      const [added, changed] = [new Set<string>(), new Set<string>()];
      const removed = new Set<string>();
      let requests = 0;
      service.deleted.length = 0;
      const from = session.questions.length;
      service.before = async (operation) => {
        // Only what comes after the yes: before it, the plan shows it.
        if (session.questions.length === from || !["ListIdentities", "DeleteIdentities"].includes(operation)) return;
        const now = requests;
        requests += 1;
        for (const { before, what, place } of planned) {
          if (before !== now) continue;
          const id = ids[place] ?? "";
          if (what === "create") added.add(await create());
          else if (service.deleted.includes(id) || removed.has(id)) continue;
          else if (what === "delete") {
            await service.call("DeleteIdentities", { IdentityIdsToDelete: [id] });
            removed.add(id);
          } else if (operation === "ListIdentities") {
            await service.call("GetOpenIdTokenForDeveloperIdentity", {
              IdentityPoolId: pool,
              IdentityId: id,
              Logins: { [provider]: id },
            });
            changed.add(id);
          }
        }
      };
      const answer = await session.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: true } });
      service.before = async () => {};
      const left = new Set(await service.left(pool));
      for (const id of added) expect(left.has(id)).toBe(true);
      for (const id of changed) expect(left.has(id)).toBe(!removed.has(id));
      const sizeOf = (value: unknown) => (Array.isArray(value) ? value.length : Number(value ?? 0));
      const { deleted, changed: skipped, gone, unprocessed } = answer.content;
      const total = [deleted, skipped, gone, unprocessed].map(sizeOf).reduce((sum, count) => sum + count, 0);
      expect(total, answer.text).toBe(200);
      expect(sizeOf(deleted)).toBe(200 - ids.filter((id) => left.has(id) || removed.has(id)).length);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

it.skipIf(!LONG)(
  "deletes 100,000 identities in a job that is joined, with flat memory and short answers",
  async () => {
    const { pool } = await service.createPool(100_000);
    service.speed.delay = 70;
    const from = session.questions.length;
    let text = "";
    let joins = 0;
    let content: Record<string, unknown> = {};
    while (content["deleted"] === undefined) {
      const answer = await session.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: true } });
      ({ content } = answer);
      text += answer.text;
      joins += 1;
      expect(answer.isError, answer.text).toBe(false);
    }
    service.speed.delay = 0;
    expect(content).toMatchObject({ deleted: 100_000, of: 100_000 });
    expect(joins).toBeGreaterThanOrEqual(6);
    expect(session.questions.length).toBe(from + 1);
    // Some 3.5 characters a token.
    expect(text.length).toBeLessThan(2_000 * 3.5);
    expect(residentBytes(session.pid)).toBeLessThan(300_000_000);
  },
  1_800_000,
);

/** The memory of a process on Linux; 0 elsewhere. */
function residentBytes(pid: number): number {
  try {
    const [, kilobytes = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return 1024 * Number(kilobytes);
  } catch {
    return 0;
  }
}
