/** The role that an identity gets, as its credentials prove. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Service, startService } from "../../support/client.ts";
import { idToken } from "../../support/tokens.ts";
import { getCallerIdentity } from "../sts/sts-client.ts";

const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";
const oidc = "idp.example.com";
const oidcArn = `arn:aws:iam::000000000000:oidc-provider/${oidc}`;
const facebook = "graph.facebook.com";
/** The mapping key of the user pool's client. */
const key = `${userPool}:client`;

const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

let service: Service;
let client: sdk.CognitoIdentityClient;
let pool: string;

beforeAll(async () => {
  service = await startService();
  client = service.sdk;
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  const { IdentityPoolId = "" } = await client.send(
    new sdk.CreateIdentityPoolCommand({
      IdentityPoolName: "pool",
      AllowUnauthenticatedIdentities: true,
      SupportedLoginProviders: { [facebook]: "1" },
      OpenIdConnectProviderARNs: [oidcArn],
      CognitoIdentityProviders: [
        { ProviderName: userPool, ClientId: "client" },
        { ProviderName: userPool, ClientId: "other" },
      ],
    }),
  );
  pool = IdentityPoolId;
});

const defaults = { authenticated: role("users"), unauthenticated: role("guests") };
const setRoles = (RoleMappings: Record<string, sdk.RoleMapping> = {}, Roles: Record<string, string> = defaults) =>
  client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles, RoleMappings }));

/** The name of the role that a user with these logins gets. */
async function roleFor(Logins: Record<string, string>, CustomRoleArn?: string): Promise<string | undefined> {
  const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, Logins }));
  const { Credentials } = await client.send(
    new sdk.GetCredentialsForIdentityCommand({ IdentityId, Logins, ...(CustomRoleArn && { CustomRoleArn }) }),
  );
  const caller = await getCallerIdentity(service.url, Credentials);
  return /:assumed-role\/(.*)\/CognitoIdentityCredentials$/.exec(caller.element("Arn") ?? "")?.[1];
}
/** The same for a user of the user pool whose token has these claims. */
const roleOf = (claims: Record<string, unknown>, customRole?: string) =>
  roleFor({ [userPool]: idToken(userPool, "client", { sub: "user", ...claims }) }, customRole);

const denied = {
  name: "NotAuthorizedException",
  message: `The ambiguous role mapping rules for: ${key} denied this request.`,
};
const foreign = { name: "NotAuthorizedException", message: "The custom role is not one of the roles in the token" };

describe("without a mapping", () => {
  it("guests and users get the pool's roles", async () => {
    await setRoles();
    expect([await roleFor({}), await roleOf({})]).toEqual(["guests", "users"]);
  });

  it("nobody can choose a role", async () => {
    await setRoles();
    const roles = { "cognito:roles": [role("one")] };
    await expect(roleOf(roles, role("one"))).rejects.toMatchObject(foreign);
    await expect(roleFor({}, role("one"))).rejects.toMatchObject(foreign);
  });

  it("a kind of identity without a role gets nothing", async () => {
    await setRoles({}, { authenticated: role("users") });
    const none = {
      name: "InvalidIdentityPoolConfigurationException",
      message: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    };
    await expect(roleFor({})).rejects.toMatchObject(none);
    await setRoles({}, { unauthenticated: role("guests") });
    await expect(roleOf({})).rejects.toMatchObject(none);
    await setRoles({ [key]: { Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" } }, {});
    await expect(roleOf({})).rejects.toMatchObject(none);
  });
});

describe("by the token", () => {
  const two = { "cognito:roles": [role("one"), role("two")] };
  const byToken = (AmbiguousRoleResolution: sdk.AmbiguousRoleResolutionType) =>
    setRoles({ [key]: { Type: "Token", AmbiguousRoleResolution } });

  it("a user can choose only among the roles in it", async () => {
    await byToken("Deny");
    const preferring = { ...two, "cognito:preferred_role": role("one") };
    expect(await roleOf(two, role("two"))).toBe("two");
    expect(await roleOf(preferring, role("two"))).toBe("two");
    for (const custom of [role("three"), role("users"), role("tw")])
      await expect(roleOf(preferring, custom)).rejects.toMatchObject(foreign);
    await expect(roleOf({}, role("one"))).rejects.toMatchObject(foreign);
  });

  it("a user gets the preferred role, or the only one", async () => {
    await byToken("Deny");
    expect(await roleOf({ ...two, "cognito:preferred_role": role("two") })).toBe("two");
    expect(await roleOf({ "cognito:roles": [role("one")] })).toBe("one");
  });

  it.each([
    ["several roles", two],
    ["no roles", {}],
    ["an empty list", { "cognito:roles": [] }],
    ["roles that are not a list", { "cognito:roles": role("one") }],
  ])("%s are ambiguous", async (_, claims) => {
    await byToken("Deny");
    await expect(roleOf(claims)).rejects.toMatchObject(denied);
    await byToken("AuthenticatedRole");
    expect(await roleOf(claims)).toBe("users");
  });
});

describe("by rules", () => {
  const rule = (Claim: string, MatchType: sdk.MappingRuleMatchType, Value: string, name: string) => ({
    Claim,
    MatchType,
    Value,
    RoleARN: role(name),
  });
  const byRules = (Rules: sdk.MappingRule[], AmbiguousRoleResolution: sdk.AmbiguousRoleResolutionType = "Deny") =>
    setRoles({ [key]: { Type: "Rules", AmbiguousRoleResolution, RulesConfiguration: { Rules } } });

  it.each<[sdk.MappingRuleMatchType, string, string[], string[]]>([
    ["Equals", "paid", ["paid"], ["unpaid", "paid ", "PAID"]],
    ["Contains", "paid", ["paid", "unpaid", "paid by card"], ["pai", "Paid"]],
    ["StartsWith", "paid", ["paid", "paid by card"], ["unpaid", "Paid"]],
    ["NotEqual", "paid", ["unpaid", "Paid", ""], ["paid"]],
  ])("%s %j matches what it says", async (matchType, value, matching, others) => {
    await byRules([rule("plan", matchType, value, "one")], "AuthenticatedRole");
    for (const plan of matching) expect(await roleOf({ plan }), plan).toBe("one");
    for (const plan of others) expect(await roleOf({ plan }), plan).toBe("users");
  });

  it("the first that matches wins", async () => {
    await byRules([
      rule("plan", "Equals", "free", "one"),
      rule("plan", "StartsWith", "pa", "two"),
      rule("plan", "Equals", "paid", "three"),
    ]);
    expect(await roleOf({ plan: "paid" })).toBe("two");
  });

  it("one on a claim that the token does not have is skipped, NotEqual too", async () => {
    await byRules([
      rule("constructor", "NotEqual", "x", "one"),
      rule("plan", "NotEqual", "free", "two"),
      rule("sub", "Equals", "user", "three"),
    ]);
    expect(await roleOf({})).toBe("three");
  });

  it("a claim can be a list, a number or a boolean", async () => {
    await byRules([rule("groups", "Equals", "admins", "one"), rule("age", "Equals", "18", "two")]);
    expect(await roleOf({ groups: ["users", "admins"] })).toBe("one");
    expect(await roleOf({ age: 18 })).toBe("two");
    await byRules([rule("email_verified", "NotEqual", "false", "three")]);
    expect(await roleOf({ email_verified: true })).toBe("three");
    await expect(roleOf({ email_verified: false })).rejects.toMatchObject(denied);
  });

  it("no match is ambiguous", async () => {
    const rules = [rule("plan", "Equals", "paid", "one")];
    await byRules(rules);
    await expect(roleOf({ plan: "free" })).rejects.toMatchObject(denied);
    await byRules(rules, "AuthenticatedRole");
    expect(await roleOf({ plan: "free" })).toBe("users");
  });

  it("the roles in the token are ignored", async () => {
    await byRules([rule("sub", "Equals", "user", "one")]);
    const claims = { "cognito:roles": [role("two")], "cognito:preferred_role": role("two") };
    expect(await roleOf(claims)).toBe("one");
    await expect(roleOf(claims, role("two"))).rejects.toMatchObject(foreign);
  });
});

describe("a mapping is", () => {
  const claims = { sub: "user", "cognito:roles": [role("one")] };
  const byToken = { Type: "Token", AmbiguousRoleResolution: "Deny" } as const;

  it("that of the user pool's client, and of no other client", async () => {
    await setRoles({ [key]: byToken });
    expect(await roleFor({ [userPool]: idToken(userPool, "client", claims) })).toBe("one");
    expect(await roleFor({ [userPool]: idToken(userPool, "other", claims) })).toBe("users");
  });

  it("that of the OpenID Connect provider, under its ARN", async () => {
    await setRoles({ [oidcArn]: byToken });
    expect(await roleFor({ [oidc]: idToken(oidc, "app", claims) })).toBe("one");
    await expect(roleFor({ [oidc]: idToken(oidc, "app", { sub: "user" }) })).rejects.toMatchObject({
      message: `The ambiguous role mapping rules for: ${oidcArn} denied this request.`,
    });
  });

  it("that of the first login which has one", async () => {
    await setRoles({ [key]: byToken });
    const mapped = { [userPool]: idToken(userPool, "client", claims) };
    expect(await roleFor({ [facebook]: "opaque", ...mapped })).toBe("one");
  });

  it("not used for a guest", async () => {
    await setRoles({ [key]: byToken });
    expect(await roleFor({})).toBe("guests");
  });
});
