/** Error messages of AWS, as observed on the wire: the tests provoke each one and compare it exactly. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LocalServer, serveLocal } from "../../../src/local/http.ts";
import { createLocalService } from "../../../src/local/service.ts";
import known from "../../facts/error-messages.json" with { type: "json" };
import { createPool, developerProvider, region } from "../../support/client.ts";
import { googleToken, idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const own = "cognito-identity.amazonaws.com";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";
const nowhere = `${region}:00000000-0000-4000-8000-000000000000`;
/** In seconds. */
const now = 1_700_000_000;
const foreignToken = idToken(own, "app", { sub: "user" });

let server: LocalServer;
let client: sdk.CognitoIdentityClient;
/** A pool with all settings. */
let pool: string;

beforeEach(async () => {
  server = await serveLocal(createLocalService({ throttle: true, clock: () => now * 1000 }));
  client = new sdk.CognitoIdentityClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  pool = await createPool(client);
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

type Logins = Record<string, string>;

const poolWith = async (settings: Partial<sdk.CreateIdentityPoolInput>) =>
  (
    await client.send(
      new sdk.CreateIdentityPoolCommand({
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: false,
        ...settings,
      }),
    )
  ).IdentityPoolId ?? "";
const withUserPool = () => poolWith({ CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client" }] });
const getId = async (IdentityPoolId: string, logins: Logins = {}) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId, Logins: logins }))).IdentityId ?? "";
const credentials = (IdentityId: string, logins: Logins = {}) =>
  client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId, Logins: logins }));
const setRoles = (input: Partial<sdk.SetIdentityPoolRolesInput>, IdentityPoolId = pool) =>
  client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: {}, ...input }));
const userToken = (claims: Record<string, unknown> = {}) => ({
  [userPool]: idToken(userPool, "client", { sub: "user", exp: now + 60, ...claims }),
});

/** The values of a message's placeholders, and the calls that provoke it. */
interface Provoked {
  readonly fill?: Readonly<Record<string, string>>;
  readonly calls: readonly (() => Promise<unknown>)[];
}

/** The case that provokes each message, by message. */
const cases: Readonly<Record<string, () => Promise<Provoked>>> = {
  "Unauthenticated access is not supported for this identity pool.": async () => {
    const guest = await getId(pool);
    const settings = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: false };
    await client.send(new sdk.UpdateIdentityPoolCommand({ IdentityPoolId: pool, ...settings }));
    return { calls: [() => getId(pool), () => credentials(guest)] };
  },
  "Token is not from a supported provider of this identity pool.": async () => {
    const guest = await getId(pool);
    const logins = { "www.amazon.com": "token" };
    return {
      calls: [
        () => getId(pool, logins),
        () => credentials(guest, logins),
        () => client.send(new sdk.GetOpenIdTokenCommand({ IdentityId: guest, Logins: logins })),
      ],
    };
  },
  "Logins don't match. Please include at least one valid login for this identity or identity pool.": async () => {
    const id = await getId(pool, { [facebook]: "user" });
    const calls = [
      () => credentials(id, { [facebook]: "another" }),
      () =>
        client.send(
          new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
            IdentityPoolId: pool,
            IdentityId: id,
            Logins: { [developerProvider]: "user" },
          }),
        ),
    ];
    return { calls };
  },
  "Identity pool - {poolId} does not have identity providers configured.": async () => {
    const poolId = await poolWith({});
    return { fill: { poolId }, calls: [() => getId(poolId, { [google]: googleToken("token") })] };
  },
  "Access to Identity '{identityId}' is forbidden.": async () => {
    await getId(pool, { [facebook]: "user" });
    const identityId = await getId(pool, { [google]: googleToken("user") });
    await getId(pool, { [facebook]: "user", [google]: googleToken("user") });
    return { fill: { identityId }, calls: [() => credentials(identityId, { [google]: googleToken("user") })] };
  },
  "The ambiguous role mapping rules for: {provider} denied this request.": async () => {
    const provider = `${userPool}:client`;
    const users = await withUserPool();
    await setRoles({ RoleMappings: { [provider]: { Type: "Token", AmbiguousRoleResolution: "Deny" } } }, users);
    const id = await getId(users, userToken());
    return { fill: { provider }, calls: [() => credentials(id, userToken())] };
  },
  "Access to Role '{roleArn}' is forbidden.": async () => {
    const roleArn = "arn:aws:iam::000000000000:user/somebody";
    const Rules = [{ Claim: "sub", MatchType: "Equals", Value: "x", RoleARN: roleArn } as const];
    const mapping = { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules } } as const;
    return {
      fill: { roleArn },
      calls: [
        () => setRoles({ Roles: { authenticated: roleArn } }),
        () => setRoles({ RoleMappings: { [google]: mapping } }),
      ],
    };
  },
  "Invalid login token. Token expired: {now} >= {exp}": async () => {
    const id = await getId(await withUserPool(), userToken());
    const other = await withUserPool();
    const logins = userToken({ exp: now - 271 });
    return {
      fill: { now: String(now), exp: String(now - 271) },
      calls: [() => getId(other, logins), () => credentials(id, logins)],
    };
  },
  "Invalid login token. Issuer doesn't match providerName": async () => {
    const users = await withUserPool();
    return { calls: [() => getId(users, userToken({ iss: "https://accounts.google.com" }))] };
  },
  "Invalid login token. Missing a required claim: aud": async () => {
    const users = await withUserPool();
    return { calls: [() => getId(users, userToken({ aud: undefined, token_use: "access" }))] };
  },
  "Invalid login token. Couldn't verify signed token.": async () => {
    const users = await withUserPool();
    return { calls: [() => getId(users, { [userPool]: "a.signed.token" })] };
  },
  "Invalid login token. Not a Cognito token.": async () => {
    const guest = await getId(pool);
    return { calls: [() => credentials(guest, { [own]: "token" }), () => credentials(guest, { [own]: foreignToken })] };
  },
  "IdentityPool '{poolId}' not found.": async () => ({
    fill: { poolId: nowhere },
    calls: [() => getId(nowhere), () => client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: nowhere }))],
  }),
  "Identity '{identityId}' not found.": async () => ({
    fill: { identityId: nowhere },
    calls: [() => credentials(nowhere)],
  }),
  "Invalid identity pool configuration. Check assigned IAM roles for this pool.": async () => {
    await setRoles({});
    const guest = await getId(pool);
    return { calls: [() => credentials(guest)] };
  },
  "Basic (classic) flow is not enabled, please use enhanced flow.": async () => {
    const closed = await poolWith({ AllowUnauthenticatedIdentities: true, AllowClassicFlow: false });
    const guest = await getId(closed);
    return { calls: [() => client.send(new sdk.GetOpenIdTokenCommand({ IdentityId: guest }))] };
  },
  "Please provide a valid public provider": async () => {
    const guest = await getId(pool);
    const logins = { [developerProvider]: "user" };
    return { calls: [() => getId(pool, logins), () => credentials(guest, logins)] };
  },
  "{provider} is not a valid RoleMapping ProviderName or is not a configured provider.": async () => ({
    fill: { provider: userPool },
    calls: [() => setRoles({ RoleMappings: { [userPool]: { Type: "Token", AmbiguousRoleResolution: "Deny" } } })],
  }),
  "Invalid Cognito Identity Provider": async () => {
    const CognitoIdentityProviders = [{ ProviderName: "cognito-idp.eu_west_1.amazonaws.com", ClientId: "client" }];
    const settings = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: true, CognitoIdentityProviders };
    return {
      calls: [
        () => client.send(new sdk.CreateIdentityPoolCommand(settings)),
        () => client.send(new sdk.UpdateIdentityPoolCommand({ IdentityPoolId: pool, ...settings })),
      ],
    };
  },
  "This identity pool does not support the specified developer provider": async () => {
    const Logins = { "login.another.app": "user" };
    const command = new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins });
    return { calls: [() => client.send(command)] };
  },
  "1 validation error detected: Value '{value}' at '{lowerCamelMember}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}":
    async () => ({
      fill: { value: "a/b", lowerCamelMember: "identityPoolName", pattern: "[\\w\\s+=,.@-]+" },
      calls: [() => poolWith({ IdentityPoolName: "a/b" })],
    }),
  "Rate exceeded": async () => {
    for (let call = 0; call < 25; call += 1) await getId(pool);
    return { calls: [() => getId(pool)] };
  },
};

/** If the only source is a user's report, the code is unknown, and the service chooses one. */
const codeOf = ({ code }: { code: string }) => (code === "unknown" ? "InvalidParameterException" : code);

it.each(known)("$message", async ({ message, http, ...entry }) => {
  const provoke = cases[message];
  if (!provoke) throw new Error("no case provokes it");
  const { fill = {}, calls } = await provoke();
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({
      name: codeOf(entry),
      message: message.replace(/\{(\w+)\}/g, (_, placeholder: string) => fill[placeholder] ?? ""),
      $metadata: { httpStatusCode: http },
    });
});

it("has no cases for unknown messages", () =>
  expect(Object.keys(cases).sort()).toEqual(known.map(({ message }) => message).sort()));
