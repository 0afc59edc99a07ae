/** Two approved changes at the same time: neither may undo the other. And the order of rules, which decides who gets a role. */
import { setTimeout as wait } from "node:timers/promises";
import {
  CognitoIdentityClient,
  DescribeIdentityCommand,
  DescribeIdentityPoolCommand,
  GetIdCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planText } from "../../src/guards/approval/plan-text.ts";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService } from "../../src/local/service.ts";
import { compare } from "../../src/plans/compare.ts";
import {
  approve,
  createPool,
  decline,
  environmentFor,
  region,
  type Service,
  startServer,
  startService,
} from "../support/client.ts";
import { idToken } from "../support/tokens.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe("changes of one pool at the same time", () => {
  it.each([
    ["all made where nobody decides on a plan", "off"],
    ["made whole or refused where a person decides", "human"],
  ])("are %s: none undoes another", async (_, level) => {
    const args = ["--policy", `update=${level}`];
    await using session = await startServer({ env: service.env, args, respond: approve });
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
          if (isError && level === "human")
            expect(content?.["refused"]).toMatch(/^The account changed after the plan was shown/);
          else expect([pool, isError]).toMatchObject([{ [member]: value }, false]);
          // What took effect is undone to what was there right before it.
          if (!isError)
            expect(content).toMatchObject({ approved: { changes: [{ path: expect.stringContaining(member) }] } });
        }
        expect(answers.some(({ isError }) => !isError)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe("a login that is removed with an approval", () => {
  it("is not linked again by calls that were judged before", { timeout: 60_000 }, async () => {
    const token = idToken("accounts.google.com", "app.example", { sub: "ada" });
    const other = "facebook-token-of-ada";
    // Every answer takes a while, so that calls overlap.
    const inner = createLocalService();
    const http = await serveLocal({
      close: inner.close,
      async handle(request) {
        await wait(15);
        const response = await inner.handle(request);
        await wait(15);
        return response;
      },
    });
    const sdk = new CognitoIdentityClient({
      region,
      endpoint: http.url,
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    const Logins = { "accounts.google.com": token, "graph.facebook.com": other };
    await using session = await startServer({
      env: environmentFor(http.url),
      // Approves the removal, and no link.
      respond: (question) => (question.message.startsWith("Unlink") ? approve : decline)(question),
    });
    for (let round = 0; round < 4; round += 1) {
      const IdentityPoolId = await createPool(sdk);
      const { IdentityId = "" } = await sdk.send(new GetIdCommand({ IdentityPoolId, Logins }));
      const unlink = session.call("unlink-identity", {
        IdentityId,
        Logins: { "accounts.google.com": token },
        LoginsToRemove: ["graph.facebook.com"],
      });
      let isOver = false;
      const vends = Array.from({ length: 6 }, async () => {
        while (!isOver) await session.call("get-open-id-token", { IdentityId, Logins });
      });
      expect((await unlink).isError).toBe(false);
      isOver = true;
      await Promise.all(vends);
      const { Logins: left } = await sdk.send(new DescribeIdentityCommand({ IdentityId }));
      expect(left).toEqual(["accounts.google.com"]);
    }
    sdk.destroy();
    await http.close();
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
