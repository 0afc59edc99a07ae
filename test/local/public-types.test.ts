/** The public types are for users of `exactOptionalPropertyTypes` too: this project is one. */
import { expect, it } from "vitest";
import type { LocalSeed, LocalSeedIdentity, LocalSeedPool, StartLocalOptions } from "../../src/local/public.ts";
import { createLoginToken, startLocal } from "../../src/local/start.ts";

it("takes undefined for every optional member", async () => {
  const options: { [Name in keyof Required<StartLocalOptions>]: undefined } = {
    port: undefined,
    host: undefined,
    allowHosts: undefined,
    allowOrigins: undefined,
    control: undefined,
    seed: undefined,
    region: undefined,
    accountId: undefined,
    throttle: undefined,
    strictRoles: undefined,
    clock: undefined,
  };
  const lists: Omit<{ [Name in keyof Required<LocalSeed>]: undefined }, "pools"> = {
    roles: undefined,
    policies: undefined,
    samlProviders: undefined,
    oidcProviders: undefined,
    userPools: undefined,
  };
  const identity: { [Name in keyof Required<LocalSeedIdentity>]: undefined } = {
    IdentityId: undefined,
    Logins: undefined,
    DeveloperUserIdentifiers: undefined,
    Disabled: undefined,
    Unlinked: undefined,
  };
  type Named = "IdentityPoolName" | "AllowUnauthenticatedIdentities" | "Identities";
  const members: Omit<{ [Name in keyof Required<LocalSeedPool>]: undefined }, Named> = {
    IdentityPoolId: undefined,
    Region: undefined,
    AllowClassicFlow: undefined,
    SupportedLoginProviders: undefined,
    DeveloperProviderName: undefined,
    OpenIdConnectProviderARNs: undefined,
    CognitoIdentityProviders: undefined,
    SamlProviderARNs: undefined,
    IdentityPoolTags: undefined,
    Roles: undefined,
    RoleMappings: undefined,
    PrincipalTagAttributeMaps: undefined,
    FormerProviders: undefined,
  };
  await using local = await startLocal(options);
  const named = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: true, Identities: [identity] };
  await local.seed({ ...lists, pools: [{ ...named, ...members }] });
  expect(local.state().pools[0]?.Identities).toHaveLength(1);
  expect(
    createLoginToken({ provider: "accounts.google.com", audience: "app", subject: "ada", claims: undefined }),
  ).toMatch(/^eyJ/);
});
