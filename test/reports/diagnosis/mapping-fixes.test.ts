/** The calls that repair role mappings: after them, as the tool merges them, the mapping does what was meant, and nothing else in it has changed. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { merge } from "../../../src/plans/update/merge.ts";
import { setIdentityPoolRoles } from "../../../src/tools/roles.ts";
import { diagnoseAccount, USER_POOL } from "./account.ts";

const KEY = `${USER_POOL}:client1`;
const OTHER = "accounts.google.com";
const attributes = ["team", "site"];

const rule = fc.record({
  Claim: fc.constantFrom("team", "site", "custom:team", "cognito:groups"),
  MatchType: fc.constantFrom("Equals", "Contains", "StartsWith", "NotEqual"),
  Value: fc.constantFrom("a", "ab", "b"),
  RoleARN: fc.integer({ min: 1, max: 9 }).map((number) => `arn:aws:iam::123456789012:role/role-${number}`),
});
const rules = fc.uniqueArray(rule, { minLength: 1, maxLength: 6, selector: (one) => JSON.stringify(one) });

const mappingOf = (Rules: readonly object[]) => ({
  Type: "Rules",
  AmbiguousRoleResolution: "AuthenticatedRole",
  RulesConfiguration: { Rules },
});

const others = {
  [OTHER]: mappingOf([{ Claim: "sub", MatchType: "Equals", Value: "1", RoleARN: "arn:aws:iam::1:role/x" }]),
};

async function diagnoseRules(list: readonly object[], claims: object = {}, input: object = { kind: "user" }) {
  const { causes } = await diagnoseAccount(
    {
      mappings: { ...others, [KEY]: mappingOf(list) },
      userPool: { customAttributes: attributes.map((name) => `custom:${name}`), groups: [] },
      claims: { iss: `https://${USER_POOL}`, aud: "client1", exp: Date.now(), token_use: "id", ...claims },
    },
    { provider: USER_POOL, errorText: "wrong role", ...input },
  );
  return causes.filter(({ branch }) => branch === "B18");
}

/** The rules after the call, which the tool must take as it is. */
function applied(list: readonly object[], fix: Readonly<Record<string, unknown>> | undefined): readonly object[] {
  expect(fix?.["tool"]).toBe("set-identity-pool-roles");
  const { RoleMappings, replace } = setIdentityPoolRoles.input.parse(fix?.["arguments"]) as {
    RoleMappings: object;
    replace?: string[];
  };
  const { merged } = merge(
    { Roles: {}, RoleMappings: { ...others, [KEY]: mappingOf(list) } },
    { RoleMappings },
    { replace },
  );
  const after = merged["RoleMappings"] as Record<string, ReturnType<typeof mappingOf>>;
  expect(after[OTHER]).toEqual(others[OTHER]);
  return after[KEY]?.RulesConfiguration.Rules ?? [];
}

it("claims get their prefix where they are", () =>
  fc.assert(
    fc.asyncProperty(rules, async (list) => {
      const isWrong = ({ Claim }: { Claim: string }) => attributes.includes(Claim);
      const cause = (await diagnoseRules(list)).find(({ evidence }) => evidence["claims"] !== undefined);
      if (!list.some(isWrong)) {
        expect(cause).toBeUndefined();
        return;
      }
      const after = applied(list, cause?.fix[0]);
      expect(after).toEqual(list.map((one) => (isWrong(one) ? { ...one, Claim: `custom:${one.Claim}` } : one)));
      expect((await diagnoseRules(after)).filter(({ evidence }) => evidence["claims"] !== undefined)).toEqual([]);
    }),
  ));

it("the one rule that matches later, too, can be moved before the first one", () =>
  fc.assert(
    fc.asyncProperty(rules, fc.subarray(["a", "ab", "b"]), async (list, groups) => {
      const input = { login: "login:ANA" };
      const claims = { "cognito:groups": groups, "custom:team": "ab" };
      const selected = (causes: Awaited<ReturnType<typeof diagnoseRules>>) =>
        causes.find(({ evidence }) => evidence["ruleThatMatches"] !== undefined);
      const cause = selected(await diagnoseRules(list, claims, input));
      const later = (cause?.evidence["laterRulesThatMatch"] ?? []) as { rule: number; role: string }[];
      const fix = cause?.fix.find(({ tool }) => tool !== undefined);
      const [only] = later;
      if (later.length !== 1 || !only) {
        expect(fix).toBeUndefined();
        return;
      }
      const after = applied(list, fix);
      expect(after.toSorted(byText)).toEqual(list.toSorted(byText));
      const then = selected(await diagnoseRules(after, claims, input));
      expect(then?.evidence).toMatchObject({ ruleThatMatches: cause?.evidence["ruleThatMatches"], role: only.role });
    }),
  ));

const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
