/** Everything about a pool in one call, and what of it needs attention. */
import {
  CreateIdentityPoolCommand,
  GetIdCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
} from "@aws-sdk/client-cognito-identity";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findingsOf, type PoolFacts, poolRules } from "../../src/reports/pool-rules.ts";
import { guestRole, type Service, startServer, startService, userRole } from "../support/client.ts";

const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A";
const oidc = "arn:aws:iam::000000000000:oidc-provider/login.corp.example";
const rule = (Claim: string, RoleARN = userRole) => ({ Claim, MatchType: "Equals" as const, Value: "x", RoleARN });

describe("describe-identity-pool with everything", () => {
  let service: Service;
  let pool: string;

  beforeAll(async () => {
    service = await startService();
    const { IdentityPoolId = "" } = await service.sdk.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { "accounts.google.com": "app.example", "api.twitter.com": "KEY;VERYSECRET" },
        CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client" }],
        OpenIdConnectProviderARNs: [oidc],
      }),
    );
    pool = IdentityPoolId;
    await service.sdk.send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId,
        Roles: { authenticated: userRole },
        RoleMappings: {
          [`${userPool}:client`]: {
            Type: "Rules",
            AmbiguousRoleResolution: "Deny",
            RulesConfiguration: { Rules: [rule("first"), rule("second", guestRole)] },
          },
        },
      }),
    );
    for (const IdentityProviderName of ["accounts.google.com", oidc])
      await service.sdk.send(
        new SetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName, PrincipalTags: { team: "hd" } }),
      );
    await service.sdk.send(new GetIdCommand({ IdentityPoolId }));
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("is configuration, roles, numbered rules, principal tags, counts and attention, without a secret", async () => {
    await using session = await startServer({ env: service.env });
    const { isError, content, text } = await session.call("describe-identity-pool", {
      IdentityPoolId: pool,
      everything: true,
    });
    expect(isError).toBe(false);
    expect(content).toMatchObject({
      IdentityPoolId: pool,
      IdentityPoolName: "pool",
      Roles: { authenticated: userRole },
      roleMappings: {
        [`${userPool}:client`]: {
          Type: "Rules",
          AmbiguousRoleResolution: "Deny",
          rules: [
            { rule: 1, Claim: "first", RoleARN: userRole },
            { rule: 2, Claim: "second", RoleARN: guestRole },
          ],
        },
      },
      principalTags: {
        "accounts.google.com": { PrincipalTags: { team: "hd" } },
        [oidc]: { PrincipalTags: { team: "hd" } },
      },
      identities: 1,
    });
    const attention = content["attention"] as { rule: string; severity: string; about?: string[] }[];
    expect(attention.map(({ rule }) => rule)).toEqual(["P3", "V1", "S1", "P2", "S8"]);
    expect(attention[1]?.about).toEqual([`${userPool}:client`]);
    expect(content).not.toHaveProperty("notRead");
    expect(text).not.toContain("VERYSECRET");
    const { contents } = await session.client.readResource({ uri: `cognito-identity://pool/${pool}` });
    expect(JSON.parse(String((contents[0] as { text: string }).text))).toEqual(content);
  });

  it("names what the policy denies, and judges no rule that needs it", async () => {
    const denied = "get-identity-pool-roles=deny,get-principal-tag-attribute-map=deny,list-identities=deny";
    await using session = await startServer({ args: ["--policy", denied], env: service.env });
    service.calls.splice(0);
    const { content } = await session.call("describe-identity-pool", { IdentityPoolId: pool, everything: true });
    expect(service.calls).toEqual(["DescribeIdentityPool"]);
    expect(content["notRead"]).toMatchObject([
      { part: "roles and role mappings", reason: expect.stringContaining("denied get-identity-pool-roles") },
      { part: "identities", reason: expect.stringContaining("denied list-identities") },
      { part: "principal tags", providers: expect.arrayContaining([userPool, oidc]) },
    ]);
    for (const part of ["Roles", "roleMappings", "principalTags", "identities"])
      expect(content).not.toHaveProperty(part);
    const rules = (content["attention"] as { rule: string }[]).map((finding) => finding.rule);
    expect(rules).toEqual(["P3", "V1", "S1"]);
  });

  it("is refused where the pool itself may not be read", async () => {
    const other = "eu-west-1:00000000-0000-4000-8000-000000000000";
    for (const args of [
      ["--pools", other],
      ["--regions", "us-east-1"],
      ["--policy", "describe-identity-pool=deny"],
    ]) {
      await using session = await startServer({ args, env: service.env });
      const { content } = await session.call("describe-identity-pool", { IdentityPoolId: pool, everything: true });
      expect(content).toHaveProperty("refused");
    }
  });
});

describe("the rules", () => {
  const mapping = { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules: [rule("a")] } };
  /** A pool of which nothing needs attention. */
  const sound: PoolFacts = {
    pool: {
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: false,
      CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client", ServerSideTokenCheck: true }],
    },
    roles: { Roles: { authenticated: userRole }, RoleMappings: { [`${userPool}:client`]: mapping } },
    tags: { [userPool]: { UseDefaults: false } },
  };
  const withPool = (pool: object): PoolFacts => ({ ...sound, pool: { ...sound.pool, ...pool } });
  const withRoles = (roles: object): PoolFacts => ({ ...sound, roles: { ...sound.roles, ...roles } });
  const withMapping = (one: object, key = `${userPool}:client`) =>
    withRoles({ RoleMappings: { [key]: { ...mapping, ...one } } });
  const guests = (facts: PoolFacts): PoolFacts => ({
    ...facts,
    pool: { ...facts.pool, AllowUnauthenticatedIdentities: true },
  });

  it("find nothing in a sound pool", () => expect(findingsOf(sound)).toEqual([]));

  const cases: Readonly<Record<string, PoolFacts>> = {
    P1: guests(withRoles({ Roles: { authenticated: userRole, unauthenticated: guestRole } })),
    P2: guests(sound),
    P3: guests(withPool({ AllowClassicFlow: true })),
    P4: withPool({ AllowClassicFlow: true }),
    P5: withRoles({ Roles: { authenticated: userRole, unauthenticated: guestRole } }),
    P6: guests(withRoles({ Roles: { authenticated: guestRole, unauthenticated: guestRole } })),
    S1: withPool({ AllowClassicFlow: undefined }),
    S2: withRoles({ Roles: {} }),
    S3: { ...withPool({ CognitoIdentityProviders: [] }), roles: {} },
    S4: withMapping({ AmbiguousRoleResolution: undefined }),
    S5: { ...withMapping({ AmbiguousRoleResolution: "AuthenticatedRole" }), ...{} },
    S6: withMapping({ RulesConfiguration: { Rules: [] } }),
    S7: withMapping({ RulesConfiguration: { Rules: [rule("a"), rule("b"), rule("a", guestRole)] } }),
    S8: { ...sound, tags: { [userPool]: { UseDefaults: true } } },
    V1: withPool({ CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client" }] }),
    V7: withPool({ DeveloperProviderName: "login.example.app" }),
    M3: withMapping({ RulesConfiguration: { Rules: [{ ...rule("a"), MatchType: "Contains" }] } }),
    M6: withMapping({}, `${userPool}:other`),
  };

  it("are each seen to hold and not to hold", () =>
    expect(Object.keys(cases).sort()).toEqual(poolRules.map(({ id }) => id).sort()));

  it.each(Object.entries(cases))("%s", (id, facts) => {
    const given = id === "S5" ? { ...facts, roles: { ...facts.roles, Roles: {} } } : facts;
    expect(findingsOf(given).map((finding) => finding.rule)).toContain(id);
    const needs = poolRules.find((one) => one.id === id)?.needs ?? [];
    if (needs.length > 0) expect(findingsOf({ pool: given.pool }).map((finding) => finding.rule)).not.toContain(id);
  });

  it("are constant sentences, in order of severity, whatever the account holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    const facts: fc.Arbitrary<PoolFacts> = fc.record({
      pool: fc.record({
        AllowUnauthenticatedIdentities: fc.boolean(),
        AllowClassicFlow: fc.option(fc.boolean(), { nil: undefined }),
        SupportedLoginProviders: fc.dictionary(text, text, { maxKeys: 3 }),
        DeveloperProviderName: fc.option(text, { nil: undefined }),
      }),
      roles: fc.record({
        Roles: fc.dictionary(fc.constantFrom("authenticated", "unauthenticated"), text),
        RoleMappings: fc.dictionary(text, fc.record({ Type: text, RulesConfiguration: fc.constant(undefined) }), {
          maxKeys: 3,
        }),
      }),
      tags: fc.dictionary(text, fc.record({ UseDefaults: fc.boolean() }), { maxKeys: 3 }),
    });
    const sentences = new Set(poolRules.map(({ sentence }) => sentence));
    fc.assert(
      fc.property(facts, (given) => {
        const found = findingsOf(given);
        expect(found.every(({ finding }) => sentences.has(finding))).toBe(true);
        const order = found.map(({ severity }) => ["high", "medium", "low"].indexOf(severity));
        expect(order).toEqual([...order].sort());
      }),
    );
  });
});
