/** Calls for many things at once: nothing gets into a batch, or out of sight in its plan, that one call could not do either. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBatch, openSelection } from "../../src/guards/approval/clearance.ts";
import { type Approval, confirm } from "../../src/guards/approval/confirm.ts";
import { planText } from "../../src/guards/approval/plan-text.ts";
import { createPlanTokens } from "../../src/guards/approval/plan-tokens.ts";
import { showPlan } from "../../src/guards/refusal.ts";
import { buildIdentitySet, type IdentitySet } from "../../src/plans/batches/identity-set.ts";
import { planMany, type Step } from "../../src/plans/batches/many.ts";
import { stateOfSelection } from "../../src/plans/batches/selection.ts";
import type { Plan } from "../../src/plans/plan.ts";
import { planTag } from "../../src/plans/tags.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { deleteIdentities } from "../../src/tools/identities.ts";
import { isGated } from "../../src/tools/kinds.ts";
import { tagResource } from "../../src/tools/tags.ts";
import { approve, arnOf, type Session, startServer } from "../support/client.ts";
import { startSlowService } from "../support/many.ts";

const RUNS = process.env["LONG"] ? 1_000 : 60;

const uuid = fc.uuid().map((id) => `eu-west-1:${id}`);
const uuids = fc.uniqueArray(uuid, { minLength: 2, maxLength: 20 });

const context = { region: "eu-west-1", caller: "000000000000", account: "account 000000000000" };

async function approvalOf(plan: Plan): Promise<Approval> {
  const approval = await confirm(plan, {
    tool: "test",
    effect: plan.confirmation.by === "typing" && plan.reversible ? "update" : "delete",
    input: {},
    context,
    level: "off",
    planToken: undefined,
    planTokens: createPlanTokens(),
    terminalPrompt: undefined,
    approvals: undefined,
    form: undefined,
    answerBy: 0,
    signal: new AbortController().signal,
  });
  if (approval.kind !== "approval") throw new Error("not approved");
  return approval;
}

/** The plans to tag these pools, which have other tags. */
async function stepsFor(
  ids: readonly string[],
  present: (id: string) => Record<string, string>,
  Tags: Record<string, string>,
) {
  return await Promise.all(
    ids.map(async (id): Promise<Step> => {
      const input = { ResourceArn: arnOf(id), Tags };
      return { id, input, plan: await planTag(input, async () => ({ Tags: present(id) }) as never) };
    }),
  );
}

const record = async () => {};

describe("an approved batch", () => {
  it("lets each of its steps through once, and no other", () =>
    fc.assert(
      fc.asyncProperty(uuids, fc.array(fc.nat(30), { maxLength: 60 }), async (ids, order) => {
        const { plan, steps } = planMany(await stepsFor(ids, () => ({}), { env: "prod" }));
        const foreign = await stepsFor(ids, () => ({}), { env: "dev" });
        const approval = await approvalOf(plan);
        const plans = steps.map((step) => step.plan);
        const batch = openBatch(approval, tagResource, plan, plans);
        const sent = new Set<number>();
        for (const at of order) {
          const other = foreign[at % foreign.length];
          expect((await batch.clear(other?.plan, context, record)).kind).toBe("refusal");
          const place = at % plans.length;
          const cleared = await batch.clear(plans[place], context, record);
          expect(cleared.kind).toBe(sent.has(place) ? "refusal" : "cleared");
          sent.add(place);
          const elsewhere = { ...context, caller: "111111111111" };
          expect((await batch.clear(plans[(at + 1) % plans.length], elsewhere, record)).kind).toBe("refusal");
        }
        if (sent.size > 0) expect(approval.use.isLeft()).toBe(false);
        expect(() => openBatch(approval, tagResource, plan, plans.slice(1))).toThrow();
        expect(() => openBatch(approval, tagResource, plan, [...plans, ...foreign.map((step) => step.plan)])).toThrow();
      }),
      { numRuns: RUNS },
    ));

  it("lets each identity of its set through once, and no other", () =>
    fc.assert(
      fc.asyncProperty(
        uuids,
        uuids,
        fc.array(fc.array(fc.nat(30), { maxLength: 5 }), { maxLength: 20 }),
        async (ids, others, requests) => {
          const setOf = (members: readonly string[]): IdentitySet => {
            const builder = buildIdentitySet();
            for (const IdentityId of members) builder.add({ IdentityId });
            return builder.build();
          };
          const set = setOf(ids);
          const plan = {
            action: "Delete",
            target: { id: "pool" },
            changes: [],
            notes: [],
            reversible: false,
            confirmation: { by: "choice" },
            state: stateOfSelection(set),
            request: {},
            // A plan of several requests has none of its own, whose type is that of all operations together.
          } as unknown as Plan;
          const approval = await approvalOf(plan);
          const batch = openSelection(approval, deleteIdentities, plan, set);
          const sent = new Set<string>();
          for (const places of requests) {
            const named = places.map((place) => [...ids, ...others][place % (ids.length + others.length)] ?? "");
            const isAllowed =
              named.length > 0 &&
              new Set(named).size === named.length &&
              named.every((id) => ids.includes(id) && !sent.has(id));
            const cleared = await batch.clear(named, context, record);
            expect(cleared.kind).toBe(isAllowed ? "cleared" : "refusal");
            if (cleared.kind !== "cleared") continue;
            expect(cleared.request).toEqual({ IdentityIdsToDelete: named });
            for (const id of named) sent.add(id);
          }
          expect(() => openSelection(approval, deleteIdentities, plan, setOf([...ids].reverse()))).toThrow();
        },
      ),
      { numRuns: RUNS },
    ));
});

describe("the plan of a batch", () => {
  it("shows every pool once, every value in full, and no line that is not its own", () =>
    fc.assert(
      fc.asyncProperty(
        uuids,
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 128 }),
        fc.string({ unit: "grapheme", maxLength: 256 }),
        fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        async (ids, key, value, olds) => {
          const old = (id: string) => olds[ids.indexOf(id) % olds.length] ?? "";
          const all = await stepsFor(ids, (id) => ({ [key]: old(id) }), { [key]: value });
          const { plan } = planMany(all);
          const text = planText(showPlan(plan, context));
          for (const id of ids) expect(text.split(id).length - 1).toBe(1);
          const changed = new Set(ids.filter((id) => old(id) !== value).map(old));
          // One line for the heading, three notes at most, a line each for the groups and pools, three for each change.
          const lines = text.split("\n").length;
          expect(lines).toBeLessThanOrEqual(6 + ids.length + 4 * Math.max(1, changed.size));
          expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u200b\u202e]/u);
        },
      ),
      { numRuns: RUNS },
    ));
});

describe("at the real server", () => {
  let service: Awaited<ReturnType<typeof startSlowService>>;
  let session: Session;
  let pool = "";
  let ids: string[] = [];
  beforeAll(async () => {
    service = await startSlowService();
    ({ pool, ids } = await service.createPool(20));
    const env = { ...service.env, AWS_ACCOUNT_ID: "000000000000" };
    session = await startServer({ env, args: ["--pools", pool, "--max-deleted-identities", "10"], respond: approve });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  /** Nobody was asked, and nothing was deleted. */
  async function refused(tool: string, input: Record<string, unknown>) {
    const answer = await session.call(tool, input);
    expect(answer.isError, answer.text).toBe(true);
    expect(session.questions.length).toBe(0);
    expect(service.deleted).toEqual([]);
    return answer.text;
  }

  const tools: [string, Record<string, unknown>][] = [
    ["tag-resource", { Tags: { a: "b" } }],
    ["untag-resource", { TagKeys: ["a"] }],
    ["update-identity-pool", { AllowUnauthenticatedIdentities: false }],
    ["set-identity-pool-roles", { Roles: {} }],
    ["set-principal-tag-attribute-map", { IdentityProviderName: "accounts.google.com", UseDefaults: true }],
  ];

  it("stop beside one pool changes nothing, in every tool that takes several", async () => {
    expect(tools.map(([tool]) => tool).sort()).toEqual(
      catalogue.flatMap((tool) => (isGated(tool) && tool.many ? tool.name : [])).sort(),
    );
    await using off = await startServer({ env: service.env, args: ["--policy", "update=off"] });
    for (const [tool, input] of tools)
      for (const stop of [true, false]) {
        const { isError, content } = await off.call(tool, { ...input, IdentityPoolId: pool, stop });
        expect({ isError, refused: content["refused"] }).toEqual({
          isError: true,
          refused: expect.stringMatching(/stop: goes with IdentityPoolIds/),
        });
      }
  });

  it("a pool that the policy denies is found at every position of every tool", async () => {
    const { pool: other } = await service.createPool(0);
    for (const [tool, input] of tools)
      for (const IdentityPoolIds of [
        [pool, other],
        [other, pool],
      ])
        expect(await refused(tool, { ...input, IdentityPoolIds })).toContain(
          `Pool ${other} is not in the allowed list`,
        );
    expect(await refused("delete-identities", { IdentityPoolId: other, where: { withoutLogins: true } })).toContain(
      "is not in the allowed list",
    );
  });

  it("a selection that is none, or means everything by mistake, deletes nothing", async () => {
    const odd = fc.oneof(
      fc.constant({}),
      fc.constant(null),
      fc.constant([]),
      fc.constant("true"),
      fc.record({ withoutLogins: fc.oneof(fc.constant("true"), fc.constant(1), fc.constant(null)) }),
      fc.record({
        createdBefore: fc.oneof(fc.string(), fc.constant("2026-13-01"), fc.constant("tomorrow"), fc.integer()),
      }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.boolean(), { minKeys: 1, maxKeys: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (where) => {
        await refused("delete-identities", { IdentityPoolId: pool, where });
      }),
      { numRuns: 25 },
    );
    await refused("delete-identities", { IdentityPoolId: pool });
    await refused("delete-identities", { where: { withoutLogins: true } });
    await refused("delete-identities", {
      IdentityPoolId: pool,
      where: { withoutLogins: true },
      IdentityIdsToDelete: ids.slice(0, 1),
    });
    await refused("delete-identities", { IdentityIdsToDelete: ids.slice(0, 1), stop: true });
  });

  it("a selection over the limit, and ids over it, are refused before anybody is asked", async () => {
    expect(await refused("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: true } })).toContain(
      "More than 10 identities match",
    );
    await refused("delete-identities", { IdentityIdsToDelete: ids.slice(0, 11) });
  });
});
