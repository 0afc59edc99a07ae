/** A state is a seed: `reset` with it, or a start with it, gives the same state and the same service. */
import * as cognito from "@aws-sdk/client-cognito-identity";
import * as iam from "@aws-sdk/client-iam";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Local, LocalIdentity, LocalPool, LocalState } from "../../src/local/public.ts";
import { createLoginToken, startLocal } from "../../src/local/start.ts";
import { trust } from "./iam/support.ts";

// Not a region of AWS: a client can sign for any.
const region = "somewhere";
const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool";
const oidc = "arn:aws:iam::000000000000:oidc-provider/login.example.com";
const saml = "arn:aws:iam::000000000000:saml-provider/idp";
const developer = "login.mine";
const role = "arn:aws:iam::000000000000:role/users";

let local: Local;
let client: cognito.CognitoIdentityClient;
let iamClient: iam.IAMClient;
beforeAll(async () => {
  local = await startLocal();
  client = new cognito.CognitoIdentityClient({ ...local.clientConfig, region, maxAttempts: 1 });
  iamClient = new iam.IAMClient({ ...local.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  iamClient.destroy();
  await local.close();
});

/** The answer; undefined if the service refuses the call, which is no change. */
async function ifAllowed<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    const { $metadata: { httpStatusCode = 500 } = {} } = error as { $metadata?: { httpStatusCode?: number } };
    if (httpStatusCode >= 500) throw error;
    return undefined;
  }
}

// Subjects that look as the state's own forms do, too.
const subjects = ["ada", "ben", "sub ada", `sha256 ${"0".repeat(64)}`, `sub sha256 ${"0".repeat(64)}`, ""];
const subject = fc.constantFrom(...subjects);
const assertion = (user: string) =>
  Buffer.from(`<Response><Assertion><Subject><NameID>${user}</NameID></Subject></Assertion></Response>`).toString(
    "base64",
  );
const idToken = (provider: string, audience: string, sub: string) =>
  createLoginToken({ provider, audience, subject: "any", claims: { sub } });

const login = fc.oneof(
  subject.map((sub) => [google, idToken(google, "app", sub)] as const),
  subject.map((sub) => [userPool, idToken(userPool, "client", sub)] as const),
  subject.map((sub) => ["login.example.com", idToken("login.example.com", "any", sub)] as const),
  subject.map((sub) => [facebook, idToken(facebook, "1", sub)] as const),
  fc.constantFrom("opaque", "sub-opaque").map((token) => [facebook, token] as const),
  subject.map((sub) => [saml, assertion(sub)] as const),
);
const logins = fc.array(login, { maxLength: 3 }).map((entries) => Object.fromEntries(entries));

const rules = {
  Type: "Rules" as const,
  AmbiguousRoleResolution: "Deny" as const,
  RulesConfiguration: { Rules: [{ Claim: "a", MatchType: "Equals" as const, Value: "b", RoleARN: role }] },
};
const settings = fc.record(
  {
    AllowClassicFlow: fc.boolean(),
    SupportedLoginProviders: fc.constantFrom(
      { [google]: "app" },
      { [facebook]: "1" },
      { [google]: "app", [facebook]: "1" },
    ),
    OpenIdConnectProviderARNs: fc.constant<string[]>([oidc]),
    CognitoIdentityProviders: fc.constant<cognito.CognitoIdentityProvider[]>([
      { ProviderName: userPool, ClientId: "client" },
    ]),
    SamlProviderARNs: fc.constant<string[]>([saml]),
    DeveloperProviderName: fc.constant(developer),
    IdentityPoolTags: fc.constant({ team: "blue" }),
  },
  { requiredKeys: [] },
);
const everything = {
  SupportedLoginProviders: { [google]: "app", [facebook]: "1" },
  OpenIdConnectProviderARNs: [oidc],
  CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client" }],
  SamlProviderARNs: [saml],
  DeveloperProviderName: developer,
};
const base = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: true };

type Step = () => Promise<unknown>;
const pools = () => local.state().pools;
const poolAt = (at: number): LocalPool | undefined => pools()[at % Math.max(1, pools().length)];
const identityAt = (at: number): LocalIdentity | undefined => {
  const all = pools().flatMap(({ Identities }) => Identities);
  return all[at % Math.max(1, all.length)];
};
const at = fc.nat(11);
const user = fc.constantFrom("u1", "u2", "u3");
const named = (number: number) => `policy${number % 3}`;
const permissions = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }],
});
const metadata = `<EntityDescriptor entityID="x">${" ".repeat(1000)}</EntityDescriptor>`;
const iamTags = [{ Key: "team", Value: "blue" }];

const cognitoSteps: fc.Arbitrary<Step>[] = [
  settings.map((given) => () => client.send(new cognito.CreateIdentityPoolCommand({ ...base, ...given }))),
  fc.constant(() => client.send(new cognito.CreateIdentityPoolCommand({ ...base, ...everything }))),
  fc.tuple(at, settings).map(
    ([pool, given]) =>
      () =>
        client.send(
          new cognito.UpdateIdentityPoolCommand({ IdentityPoolId: poolAt(pool)?.IdentityPoolId, ...base, ...given }),
        ),
  ),
  fc.tuple(at, fc.constantFrom(google, `${userPool}:client`, oidc, saml)).map(
    ([pool, provider]) =>
      () =>
        client.send(
          new cognito.SetIdentityPoolRolesCommand({
            IdentityPoolId: poolAt(pool)?.IdentityPoolId,
            Roles: { authenticated: role },
            RoleMappings: { [provider]: rules },
          }),
        ),
  ),
  fc.tuple(at, fc.constantFrom(google, userPool, oidc, saml, developer), fc.boolean()).map(
    ([pool, IdentityProviderName, UseDefaults]) =>
      () =>
        client.send(
          new cognito.SetPrincipalTagAttributeMapCommand({
            IdentityPoolId: poolAt(pool)?.IdentityPoolId,
            IdentityProviderName,
            UseDefaults,
            PrincipalTags: { cost: "claim" },
          }),
        ),
  ),
  fc.tuple(at, logins).map(
    ([pool, Logins]) =>
      () =>
        client.send(new cognito.GetIdCommand({ IdentityPoolId: poolAt(pool)?.IdentityPoolId, Logins })),
  ),
  fc.tuple(at, logins).map(
    ([identity, Logins]) =>
      () =>
        client.send(new cognito.GetOpenIdTokenCommand({ IdentityId: identityAt(identity)?.IdentityId, Logins })),
  ),
  fc.tuple(at, login).map(([identity, [provider, token]]) => () => {
    const IdentityId = identityAt(identity)?.IdentityId;
    return client.send(
      new cognito.UnlinkIdentityCommand({ IdentityId, Logins: { [provider]: token }, LoginsToRemove: [provider] }),
    );
  }),
  // Signs in and unlinks the same login: identities without users.
  fc.tuple(at, login).map(([pool, [provider, token]]) => async () => {
    const Logins = { [provider]: token };
    const { IdentityId } = await client.send(
      new cognito.GetIdCommand({ IdentityPoolId: poolAt(pool)?.IdentityPoolId, Logins }),
    );
    await client.send(new cognito.UnlinkIdentityCommand({ IdentityId, Logins, LoginsToRemove: [provider] }));
  }),
  fc.tuple(at, user, logins, fc.option(at, { nil: undefined })).map(
    ([pool, name, Logins, identity]) =>
      () =>
        client.send(
          new cognito.GetOpenIdTokenForDeveloperIdentityCommand({
            IdentityPoolId: poolAt(pool)?.IdentityPoolId,
            Logins: { ...Logins, [developer]: name },
            ...(identity !== undefined && { IdentityId: identityAt(identity)?.IdentityId }),
          }),
        ),
  ),
  // Merges two users' identities: the source is disabled.
  fc.tuple(at, user, user).map(([pool, SourceUserIdentifier, DestinationUserIdentifier]) => async () => {
    const IdentityPoolId = poolAt(pool)?.IdentityPoolId;
    for (const name of [SourceUserIdentifier, DestinationUserIdentifier]) {
      const Logins = { [developer]: name };
      await client.send(new cognito.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins }));
    }
    const users = { SourceUserIdentifier, DestinationUserIdentifier, DeveloperProviderName: developer };
    await client.send(new cognito.MergeDeveloperIdentitiesCommand({ IdentityPoolId, ...users }));
  }),
  // A guest signs in as a user who exists: the guest is disabled.
  fc.tuple(at, login).map(([pool, [provider, token]]) => async () => {
    const IdentityPoolId = poolAt(pool)?.IdentityPoolId;
    const Logins = { [provider]: token };
    await client.send(new cognito.GetIdCommand({ IdentityPoolId, Logins }));
    const { IdentityId } = await client.send(new cognito.GetIdCommand({ IdentityPoolId }));
    await client.send(new cognito.GetOpenIdTokenCommand({ IdentityId, Logins }));
  }),
  at.map((identity) => () => {
    const IdentityId = identityAt(identity)?.IdentityId ?? "";
    return client.send(new cognito.DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId] }));
  }),
];

const iamSteps: fc.Arbitrary<Step>[] = [
  fc.tuple(at, fc.boolean()).map(
    ([number, full]) =>
      () =>
        iamClient.send(
          new iam.CreateRoleCommand({
            RoleName: `role${number % 3}`,
            AssumeRolePolicyDocument: trust("eu-west-1:1", "unauthenticated"),
            ...(full && { Path: "/app/", Description: "", MaxSessionDuration: 7200, Tags: iamTags }),
          }),
        ),
  ),
  at.map(
    (number) => () =>
      iamClient.send(
        new iam.PutRolePolicyCommand({
          RoleName: `role${number % 3}`,
          PolicyName: ["7", "__proto__", "z"][number % 3],
          PolicyDocument: permissions,
        }),
      ),
  ),
  at.map(
    (number) => () =>
      iamClient.send(
        new iam.CreatePolicyCommand({ PolicyName: named(number), PolicyDocument: permissions, Tags: iamTags }),
      ),
  ),
  fc.tuple(at, fc.boolean()).map(
    ([number, ofAws]) =>
      () =>
        iamClient.send(
          new iam.AttachRolePolicyCommand({
            RoleName: `role${number % 3}`,
            PolicyArn: ofAws
              ? "arn:aws:iam::aws:policy/ReadOnlyAccess"
              : `arn:aws:iam::000000000000:policy/${named(number)}`,
          }),
        ),
  ),
  fc.constant(() =>
    iamClient.send(new iam.CreateSAMLProviderCommand({ Name: "idp", SAMLMetadataDocument: metadata, Tags: iamTags })),
  ),
  fc.boolean().map(
    (full) => () =>
      iamClient.send(
        new iam.CreateOpenIDConnectProviderCommand({
          Url: "https://login.example.com/a",
          ...(full && { ClientIDList: ["c"], ThumbprintList: ["0".repeat(40)], Tags: iamTags }),
        }),
      ),
  ),
];

/** What only a seed can make. */
const first = {
  pools: [],
  roles: [
    {
      RoleName: "china",
      Partition: "aws-cn",
      AccountId: "111111111111",
      AssumeRolePolicyDocument: trust("cn-north-1:1", "authenticated"),
    },
  ],
  policies: [{ PolicyName: "ReadOnlyAccess", AccountId: "aws", PolicyDocument: permissions, Path: "/job/" }],
  userPools: [
    {
      UserPoolId: "eu-west-1_Pool",
      PoolName: "people",
      MfaConfiguration: "ON",
      Schema: [{ Name: "team", Mutable: true }],
      Clients: [{ ClientId: "client", ClientName: "web" }],
      Groups: [{ GroupName: "admins", Precedence: 1 }],
    },
    { UserPoolId: "eu-west-1_Empty", PoolName: "nobody" },
  ],
};

/** What a client sees of the pools and identities, without dates. */
async function seen(): Promise<unknown> {
  const answers: unknown[] = [];
  for (const { IdentityPoolId, Identities } of pools()) {
    for (const command of [
      new cognito.DescribeIdentityPoolCommand({ IdentityPoolId }),
      new cognito.GetIdentityPoolRolesCommand({ IdentityPoolId }),
    ])
      answers.push({ ...(await client.send(command as cognito.DescribeIdentityPoolCommand)), $metadata: undefined });
    for (const IdentityProviderName of [google, userPool, oidc, saml, developer]) {
      const command = new cognito.GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName });
      answers.push({ ...(await ifAllowed(client.send(command))), $metadata: undefined });
    }
    for (const { IdentityId } of Identities) {
      const { Logins } = await client.send(new cognito.DescribeIdentityCommand({ IdentityId }));
      // A guest gets a token, and what is disabled or unlinked does not.
      const token = await ifAllowed(client.send(new cognito.GetOpenIdTokenCommand({ IdentityId })));
      const lookup = new cognito.LookupDeveloperIdentityCommand({ IdentityPoolId, IdentityId });
      const found = await ifAllowed(client.send(lookup));
      answers.push([IdentityId, Logins, token !== undefined, found?.DeveloperUserIdentifierList]);
    }
  }
  return answers;
}

/** Every member that a state can have. The types keep the lists complete. */
const poolMembers: Readonly<Record<keyof LocalPool, true>> = {
  IdentityPoolName: true,
  AllowUnauthenticatedIdentities: true,
  IdentityPoolId: true,
  Region: true,
  AllowClassicFlow: true,
  SupportedLoginProviders: true,
  DeveloperProviderName: true,
  OpenIdConnectProviderARNs: true,
  CognitoIdentityProviders: true,
  SamlProviderARNs: true,
  IdentityPoolTags: true,
  Roles: true,
  RoleMappings: true,
  PrincipalTagAttributeMaps: true,
  Identities: true,
  FormerProviders: true,
};
const identityMembers: Readonly<Record<keyof LocalIdentity, true>> = {
  IdentityId: true,
  Logins: true,
  DeveloperUserIdentifiers: true,
  Disabled: true,
  Unlinked: true,
};
const lists: Readonly<Record<keyof LocalState, true>> = {
  pools: true,
  roles: true,
  policies: true,
  samlProviders: true,
  oidcProviders: true,
  userPools: true,
};

it("any state that calls can make is a seed of the same state and the same service", { timeout: 120_000 }, async () => {
  const met = {
    lists: new Set<string>(),
    pools: new Set<string>(),
    identities: new Set<string>(),
    disabled: new Set(),
  };
  const steps = fc.array(fc.oneof(...cognitoSteps, ...iamSteps), { minLength: 10, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (run, asText) => {
      await local.reset(first);
      await client.send(new cognito.CreateIdentityPoolCommand({ ...base, ...everything }));
      for (const step of run) await ifAllowed(step());
      const [state, view] = [local.state(), await seen()];
      await local.reset(asText ? JSON.parse(JSON.stringify(state)) : state);
      expect(local.state()).toEqual(state);
      expect(await seen()).toEqual(view);
      await using other = await startLocal({ seed: state });
      expect(other.state()).toEqual(state);

      for (const name of Object.keys(state)) met.lists.add(name);
      for (const pool of state.pools) {
        for (const name of Object.keys(pool)) met.pools.add(name);
        for (const identity of pool.Identities) {
          for (const name of Object.keys(identity)) met.identities.add(name);
          met.disabled.add(identity.Disabled);
        }
      }
    }),
    { numRuns: 60 },
  );
  // The property saw every member.
  expect([...met.lists].sort()).toEqual(Object.keys(lists).sort());
  expect([...met.pools].sort()).toEqual(Object.keys(poolMembers).sort());
  expect([...met.identities].sort()).toEqual(Object.keys(identityMembers).sort());
  expect(met.disabled).toEqual(new Set([true, false]));
});
