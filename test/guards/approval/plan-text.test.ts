/** What a plan for several pools shows of role rules that were not the same in each. */
import { expect, it } from "vitest";
import { planText } from "../../../src/guards/approval/plan-text.ts";
import type { PoolChange } from "../../../src/plans/plan.ts";
import { shownPlan } from "../../support/services.ts";

const rule = { Claim: "role", MatchType: "Equals", Value: "admin", RoleARN: "arn:aws:iam::000000000000:role/admins" };
const path = "RoleMappings.accounts.google.com.RulesConfiguration.Rules";
const pools = ["1", "2"].map((id) => ({ id: `eu-west-1:${id}`, before: [{ path, before: [{ ...rule, Value: id }] }] }));
const shown = (change: Partial<PoolChange>) => {
  const changes: PoolChange[] = [{ path, beforeByPool: true, ...change }];
  return planText({ ...shownPlan, changes, groups: [{ changes, reversible: true, pools }] });
};

it("a removal is one", () => {
  const text = shown({});
  expect(text).toContain(`- ${path}: as it is in each pool`);
  expect(text).not.toMatch(/^\s*\+/m);
});

it("a replacement is one, with its rules", () => {
  const text = shown({ after: [rule] });
  expect(text).toContain(`~ ${path}, the first match decides:`);
  expect(text).toMatch(/^ *\+ 1\. Claim /m);
});
