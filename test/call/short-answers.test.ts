/** Answers say nothing twice, and lose nothing by it. */
import { GetIdCommand } from "@aws-sdk/client-cognito-identity";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTokens } from "../../scripts/tokens.ts";
import { shortPlan } from "../../src/call/outcome/short-answers.ts";
import type { Change } from "../../src/plans/plan.ts";
import { canonicalJson } from "../../src/util/json.ts";
import { approve, arnOf, createPool, startServer, startService } from "../support/client.ts";

describe("the plan of a deletion", () => {
  it("of 60 identities has each id once, and at most 2,250 tokens", async () => {
    await using service = await startService();
    const pool = await createPool(service.sdk);
    const ids: string[] = [];
    for (let made = 0; made < 60; made += 1) {
      const { IdentityId = "" } = await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }));
      ids.push(IdentityId);
    }
    await using session = await startServer({ args: ["--max-deleted-identities", "60"], env: service.env });
    const { content, text } = await session.call("delete-identities", { IdentityIdsToDelete: ids });
    expect(content).toMatchObject({
      plan: { action: "Delete 60 identities", changes: [{ paths: ids, before: "guest" }] },
    });
    for (const id of ids) expect(text.split(id)).toHaveLength(2);
    expect(countTokens(text)).toBeLessThanOrEqual(2_250);
  });
});

describe("the changes of an approved call", () => {
  const untag = (pool: string) => ({ ResourceArn: arnOf(pool), TagKeys: ["stage"] });

  it("are answered once: in the plan, or after it where there was none", async () => {
    await using service = await startService();
    const [one, two, three] = [
      await createPool(service.sdk),
      await createPool(service.sdk),
      await createPool(service.sdk),
    ];
    await using twoStep = await startServer({ args: ["--policy", "untag-resource=two-step"], env: service.env });
    const { content: shown } = await twoStep.call("untag-resource", untag(one));
    expect(shown).toMatchObject({ plan: { changes: [{ before: "test" }] } });
    const { content: done } = await twoStep.call("untag-resource", { ...untag(one), planToken: shown["planToken"] });
    expect(done["approved"]).not.toHaveProperty("changes");
    expect(done["approved"]).toMatchObject({ by: "plan token", target: { id: arnOf(one) } });
    await using off = await startServer({ args: ["--policy", "untag-resource=off"], env: service.env });
    const { content: alone } = await off.call("untag-resource", untag(two));
    expect(alone).toMatchObject({ approved: { changes: [{ before: "test" }] } });
    await using form = await startServer({ env: service.env, respond: approve });
    const { content: asked } = await form.call("untag-resource", untag(three));
    expect(asked).toMatchObject({ approved: { changes: [{ before: "test" }] } });
  });
});

describe("a short plan", () => {
  const value = fc.constantFrom("guest", "a", { Logins: ["x"] });
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ path: fc.string(), before: value }),
    fc.record({ path: fc.string(), after: value }),
    fc.record({ path: fc.string(), before: value, after: value }),
  );

  it("has every change of the whole one, in the order of the first of each kind", () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const { changes: short } = shortPlan({ target: { id: "x" }, changes });
        const whole = short.flatMap((entry) => {
          if (!("paths" in entry)) return [entry];
          const { paths, ...values } = entry;
          return paths.map((path) => ({ path, ...values }));
        });
        expect(whole.map(canonicalJson).sort()).toEqual(changes.map(canonicalJson).sort());
        const firsts = short.map((entry) => ("paths" in entry ? entry.paths[0] : entry.path));
        expect(firsts[0]).toBe(changes[0]?.path);
      }),
    );
  });
});
