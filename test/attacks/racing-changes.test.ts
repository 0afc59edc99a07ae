/** Two approved changes at the same time: neither may undo the other. And the order of rules, which decides who gets a role. */
import { DescribeIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planText } from "../../src/guards/approval/plan-text.ts";
import { compare } from "../../src/plans/compare.ts";
import { createPool, type Service, startServer, startService } from "../support/client.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe("changes of one pool at the same time", () => {
  it("are made whole or refused: none undoes another", async () => {
    await using session = await startServer({ env: service.env, args: ["--policy", "update=off"] });
    const changes = {
      IdentityPoolName: "renamed",
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: true,
      OpenIdConnectProviderARNs: ["arn:aws:iam::000000000000:oidc-provider/issuer.example"],
    };
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(Object.entries(changes), { minLength: 2 }), async (parts) => {
        const IdentityPoolId = await createPool(service.sdk);
        const answers = await Promise.all(
          parts.map(([member, value]) => session.call("update-identity-pool", { IdentityPoolId, [member]: value })),
        );
        const pool = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
        for (const [at, [member, value]] of parts.entries()) {
          const { isError, content } = answers[at] ?? {};
          if (isError) expect(content?.["refused"]).toMatch(/^The account changed after the plan was shown/);
          else expect(pool).toMatchObject({ [member]: value });
        }
        expect(answers.some(({ isError }) => !isError)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe("the rules of a role mapping", () => {
  it("show every change of their order", () => {
    const rules = fc.shuffledSubarray(["a", "b", "c", "d"]);
    const mapping = (values: readonly string[]) => ({
      RoleMappings: { provider: { RulesConfiguration: { Rules: values.map((Value) => ({ Value })) } } },
    });
    fc.assert(
      fc.property(rules, rules, rules, (before, one, other) => {
        const shown = (after: readonly string[]) =>
          planText({
            action: "Set roles",
            target: { id: "pool" },
            region: "eu-west-1",
            account: "account",
            reversible: true,
            notes: [],
            changes: compare(mapping(before), mapping(after)),
          });
        // Two different results never look the same to the person who approves.
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(shown(one)).not.toBe(shown(other));
      }),
      { numRuns: 500 },
    );
  });
});
