/** Rules of role mappings: for any lists, additions, removals and places, none is lost or moves that is not named. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planText } from "../../src/guards/approval/plan-text.ts";
import { showPlan } from "../../src/guards/refusal.ts";
import type { Read } from "../../src/plans/command.ts";
import { planSetRoles } from "../../src/plans/roles.ts";
import type { InsertRules } from "../../src/plans/update/rules.ts";
import { readArguments } from "../../src/tools/arguments.ts";
import { setIdentityPoolRoles } from "../../src/tools/roles.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const roleOf = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

interface Rule {
  readonly Claim: string;
  readonly MatchType: "Equals" | "Contains";
  readonly Value: string;
  readonly RoleARN: string;
}

const named = ({ Claim, MatchType, Value }: Omit<Rule, "RoleARN">) => `${Claim} ${MatchType} ${Value}`;
const rule = (Value: string, role = "a"): Rule => ({ Claim: "c", MatchType: "Equals", Value, RoleARN: roleOf(role) });
const mappingOf = (Rules: readonly Rule[]) => ({
  Type: "Rules" as const,
  AmbiguousRoleResolution: "Deny" as const,
  ...(Rules.length > 0 && { RulesConfiguration: { Rules: [...Rules] } }),
});

const rules = (min: number, max: number) =>
  fc.uniqueArray(
    fc.record({
      Claim: fc.constantFrom("c", "d"),
      MatchType: fc.constantFrom("Equals" as const, "Contains" as const),
      Value: fc.constantFrom("1", "2", "3", "4", "5"),
      RoleARN: fc.constantFrom(roleOf("a"), roleOf("b")),
    }),
    { selector: named, minLength: min, maxLength: max },
  );

function readerOf(mappings: object): Read {
  const answers: Readonly<Record<string, object>> = {
    DescribeIdentityPoolCommand: {
      IdentityPoolId,
      IdentityPoolName: "photos",
      SupportedLoginProviders: { [google]: "a", [facebook]: "b" },
    },
    GetIdentityPoolRolesCommand: { RoleMappings: mappings },
  };
  return (async (command: string) => structuredClone(answers[command] ?? {})) as Read;
}

/** The plan of a call as a model makes it. Throws for a call that is refused by its form. */
async function planOf(mappings: object, call: object) {
  const read = readArguments(setIdentityPoolRoles, { IdentityPoolId, ...call });
  if (!("input" in read)) throw new Error(read.problems.join(" "));
  return await planSetRoles({ IdentityPoolId, ...read.input }, readerOf(mappings));
}

const rulesIn = (plan: Awaited<ReturnType<typeof planOf>>, key = google) =>
  (plan.request.RoleMappings?.[key]?.RulesConfiguration?.Rules ?? []) as Rule[];

const place = (count: number): fc.Arbitrary<InsertRules | undefined> =>
  fc.oneof(
    fc.constantFrom<InsertRules | undefined>(undefined, "first", "last"),
    ...(count > 0
      ? [
          fc.integer({ min: 1, max: count }).map((before) => ({ before })),
          fc.integer({ min: 1, max: count }).map((after) => ({ after })),
        ]
      : []),
  );

interface Call {
  readonly present: readonly Rule[];
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly insertRules: InsertRules | undefined;
}

const change: fc.Arbitrary<Call> = rules(0, 12).chain((present) =>
  fc.record({
    present: fc.constant(present),
    added: rules(0, 8),
    removed: fc.subarray([...present]),
    insertRules: place(present.length),
  }),
);

describe("for any rules, additions, removals and places", () => {
  it(
    "none is lost or moves that is not named, and the undo restores exactly",
    () =>
      fc.assert(
        fc.asyncProperty(change, rules(1, 4), async ({ present, added, removed, insertRules }, others) => {
          fc.pre(added.length + removed.length > 0);
          const before = { ...(present.length > 0 && { [google]: mappingOf(present) }), [facebook]: mappingOf(others) };
          const call = {
            ...(added.length > 0 && { RoleMappings: { [google]: mappingOf(added) } }),
            ...(removed.length > 0 && {
              remove: { RoleMappings: removed.map(({ RoleARN: _, ...names }) => ({ provider: google, ...names })) },
            }),
            ...(added.length > 0 && insertRules !== undefined && { insertRules }),
          };
          const isLeft = (one: Rule) => !removed.some((other) => named(one) === named(other));
          if (added.length === 0 && !present.some(isLeft)) {
            await expect(planOf(before, call)).rejects.toThrow(/No rule would be left/);
            return;
          }
          const plan = await planOf(before, call);
          const after = rulesIn(plan);
          const renewed = (one: Rule): Rule => added.find((other) => named(other) === named(one)) ?? one;
          const survivors = present.filter(isLeft);
          const fresh = added.filter((one) => !survivors.some((other) => named(other) === named(one)));

          // Those that are there keep their order, with new roles only where they are given.
          expect(after.filter((one) => survivors.some((other) => named(other) === named(one)))).toEqual(
            survivors.map(renewed),
          );
          // The added ones are together, in their order, at the place that is named.
          expect(after).toHaveLength(survivors.length + fresh.length);
          const at = after.findIndex(
            (one) => fresh.includes(one) || fresh.some((other) => named(other) === named(one)),
          );
          if (fresh.length > 0) {
            expect(after.slice(at, at + fresh.length)).toEqual(fresh);
            const stand = (count: number) => present.slice(0, count).filter(isLeft).length;
            const expected =
              insertRules === "first"
                ? 0
                : insertRules === undefined || insertRules === "last"
                  ? survivors.length
                  : "before" in insertRules
                    ? stand(insertRules.before - 1)
                    : stand(insertRules.after);
            expect(at).toBe(expected);
          }
          expect(rulesIn(plan, facebook)).toEqual(others);

          // The plan has the whole order before and after.
          const shown = plan.changes.find(({ path }) => path === `RoleMappings.${google}.RulesConfiguration.Rules`);
          if (JSON.stringify(present) === JSON.stringify(after)) expect(shown).toBeUndefined();
          else expect([shown?.before ?? [], shown?.after ?? []]).toEqual([present, after]);

          for (const back of plan.undo ?? []) {
            const { IdentityPoolId: _, ...given } = back.arguments;
            const restored = await planOf(plan.request.RoleMappings ?? {}, given);
            expect(restored.request.RoleMappings).toEqual(before);
          }
          expect(plan.reversible).toBe(true);
        }),
        { numRuns: process.env["LONG"] ? 20_000 : 200 },
      ),
    120_000,
  );

  it("a removal names the rules that have all its members", () =>
    fc.assert(
      fc.asyncProperty(
        rules(1, 12),
        fc.record(
          {
            Claim: fc.constantFrom("c", "d"),
            MatchType: fc.constantFrom("Equals", "Contains"),
            Value: fc.constantFrom("1", "2"),
          },
          { requiredKeys: [] },
        ),
        async (present, names) => {
          fc.pre(Object.keys(names).length > 0);
          const isNamed = (one: Rule) =>
            Object.entries(names).every(([name, value]) => one[name as keyof Rule] === value);
          fc.pre(present.some((one) => !isNamed(one)));
          const remove = { RoleMappings: [{ provider: google, ...names }] };
          const plan = await planOf({ [google]: mappingOf(present) }, { remove });
          expect(rulesIn(plan)).toEqual(present.filter((one) => !isNamed(one)));
          expect(plan.facts?.length).toBe(present.some(isNamed) ? 0 : 1);
        },
      ),
    ));
});

describe("a call on rules", () => {
  const present = { [google]: mappingOf([rule("admins"), rule("users")]) };

  it("moves a rule that it removes and gives", async () => {
    const plan = await planOf(present, {
      RoleMappings: { [google]: mappingOf([rule("users")]) },
      remove: { RoleMappings: [{ provider: google, Value: "users" }] },
      insertRules: "first",
    });
    expect(rulesIn(plan).map(({ Value }) => Value)).toEqual(["users", "admins"]);
  });

  it("keeps what is left out of the mapping, and sets what is given", async () => {
    const more = await planOf(present, {
      RoleMappings: { [google]: { Type: "Rules", RulesConfiguration: { Rules: [rule("ops")] } } },
    });
    expect(more.request.RoleMappings?.[google]).toEqual(mappingOf([rule("admins"), rule("users"), rule("ops")]));
    const other = await planOf(present, {
      RoleMappings: { [google]: { Type: "Rules", AmbiguousRoleResolution: "AuthenticatedRole" } },
    });
    expect(other.request.RoleMappings?.[google]).toEqual({
      ...mappingOf([rule("admins"), rule("users")]),
      AmbiguousRoleResolution: "AuthenticatedRole",
    });
  });

  it("of another type takes the rules away, and shows it", async () => {
    const plan = await planOf(present, { RoleMappings: { [google]: { Type: "Token" } } });
    expect(plan.request.RoleMappings?.[google]).toEqual({ Type: "Token", AmbiguousRoleResolution: "Deny" });
    expect(plan.changes.map(({ path }) => path)).toContain(`RoleMappings.${google}.RulesConfiguration.Rules`);
  });

  it.each<[string, object, string[]]>([
    ["one mapping", { replace: [`RoleMappings.${google}`] }, [google, facebook]],
    ["all mappings", { replace: ["RoleMappings"] }, [google]],
    ["all mappings by clear", { clear: ["RoleMappings"] }, [google]],
  ])("replaces %s where it says so", async (_, way, left) => {
    const both = { ...present, [facebook]: mappingOf([rule("x")]) };
    const plan = await planOf(both, { RoleMappings: { [google]: mappingOf([rule("ops")]) }, ...way });
    expect(Object.keys(plan.request.RoleMappings ?? {})).toEqual(left);
    expect(rulesIn(plan)).toEqual([rule("ops")]);
  });

  it("that removes what is not there changes nothing, and says what was not found", async () => {
    const remove = { Roles: ["authenticated"], RoleMappings: [facebook, { provider: google, Value: "nobody" }] };
    const plan = await planOf(present, { remove });
    expect(plan.changes).toEqual([]);
    expect(plan.facts).toEqual([
      'Not there, so not removed: Roles "authenticated". It is empty.',
      `Not there, so not removed: the role mapping of "${facebook}".`,
      `Not there, so not removed: a rule of "${google}" with Value "nobody".`,
    ]);
  });

  const many = (count: number) => Array.from({ length: count }, (_, at) => rule(`v${at}`));

  it.each<[string, object, object, RegExp]>([
    [
      "more than 25 rules in all",
      { [google]: mappingOf(many(20)) },
      { RoleMappings: { [google]: mappingOf(many(26).slice(20)) } },
      /26 rules, and AWS allows 25/,
    ],
    [
      "no rule left",
      present,
      { remove: { RoleMappings: [{ provider: google, Claim: "c" }] } },
      /No rule would be left/,
    ],
    [
      "no AmbiguousRoleResolution",
      {},
      { RoleMappings: { [google]: { Type: "Token" } } },
      /RoleMappings\.accounts\.google\.com" needs AmbiguousRoleResolution/,
    ],
    [
      "none with clear either",
      present,
      { clear: ["RoleMappings"], RoleMappings: { [google]: { Type: "Token" } } },
      /needs AmbiguousRoleResolution/,
    ],
    [
      "no rules",
      {},
      { RoleMappings: { [google]: { Type: "Rules", AmbiguousRoleResolution: "Deny" } } },
      /needs RulesConfiguration/,
    ],
    [
      "a place past the end",
      present,
      { RoleMappings: { [google]: mappingOf([rule("ops")]) }, insertRules: { after: 3 } },
      /names rule 3, .* has 2 rules/,
    ],
    [
      "a provider that the pool has not",
      present,
      { RoleMappings: { "www.amazon.com": mappingOf([rule("ops")]) } },
      /keys of its providers are "accounts\.google\.com", "graph\.facebook\.com"/,
    ],
    [
      "a mapping left behind by its provider",
      { "www.amazon.com": mappingOf([rule("x")]) },
      { Roles: { authenticated: roleOf("a") } },
      /names "www\.amazon\.com", and the pool has no such provider/,
    ],
  ])("is refused before anybody is asked: %s", async (_, mappings, call, message) => {
    await expect(planOf(mappings, call)).rejects.toThrow(message);
    await expect(planOf(mappings, call)).rejects.toMatchObject({
      name: "ImpossibleChangeError",
      next: expect.any(String),
    });
  });

  it("takes out a mapping that its provider left behind, and says that nothing restores it", async () => {
    const plan = await planOf(
      { "www.amazon.com": mappingOf([rule("x")]) },
      { remove: { RoleMappings: ["www.amazon.com"] } },
    );
    expect(plan.request.RoleMappings).toEqual({});
    expect(plan.reversible).toBe(false);
    expect(plan.notes.join(" ")).toMatch(/No call can restore the role mapping/);
  });

  it("shows the whole order, numbered, before and after", async () => {
    const plan = await planOf(present, {
      RoleMappings: { [google]: mappingOf([rule("ops", "b")]) },
      insertRules: { before: 2 },
    });
    const text = planText(showPlan(plan, { region: "eu-west-1", caller: "c", account: "account 1" }));
    expect(text.split("\n").slice(-6)).toEqual([
      `~ RoleMappings.${google}.RulesConfiguration.Rules, the first match decides:`,
      `  - 1. Claim "c" Equals "admins" → "${roleOf("a")}"`,
      `  - 2. Claim "c" Equals "users" → "${roleOf("a")}"`,
      `  + 1. Claim "c" Equals "admins" → "${roleOf("a")}"`,
      `  + 2. Claim "c" Equals "ops" → "${roleOf("b")}"`,
      `  + 3. Claim "c" Equals "users" → "${roleOf("a")}"`,
    ]);
  });
});
