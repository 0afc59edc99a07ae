/** What a caller is told of errors of AWS that people meet, and what to do next: the same error can mean different things for different calls. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownTexts } from "../../src/aws/errors/quoted.ts";
import { approve, developerProvider, type Reply, type Session, startPuppet, startServer } from "../support/client.ts";

const pool = "eu-west-1:11111111-0000-4000-8000-000000000000";
const identity = "eu-west-1:22222222-0000-4000-8000-000000000000";
const role = "arn:aws:iam::000000000000:role/users";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";

/** A token whose claims can be read; nobody signed it. */
const tokenWith = (claims: object) =>
  ["eyJhbGciOiJSUzI1NiJ9", Buffer.from(JSON.stringify(claims)).toString("base64url"), "c2lnbmF0dXJl"].join(".");
const later = Math.floor(Date.now() / 1000) + 3600;
const idToken = tokenWith({ iss: `https://${userPool}`, aud: "client1", exp: later, token_use: "id" });
const appleToken = tokenWith({ iss: "https://appleid.apple.com", aud: "com.example.web", exp: later });

/** Answers by operation; everything that is not here is found, and has nothing in it. */
let answers: Readonly<Record<string, Reply>> = {};
const found: Readonly<Record<string, object>> = {
  DescribeIdentityPool: {
    IdentityPoolId: pool,
    IdentityPoolName: "photos",
    AllowUnauthenticatedIdentities: false,
    DeveloperProviderName: developerProvider,
    SupportedLoginProviders: { "appleid.apple.com": "com.example.app" },
    CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client1" }],
  },
  DescribeIdentity: { IdentityId: identity, Logins: [userPool, "appleid.apple.com", "cognito-identity.amazonaws.com"] },
  GetIdentityPoolRoles: { IdentityPoolId: pool },
};

let puppet: Awaited<ReturnType<typeof startPuppet>>;
let session: Session;
beforeAll(async () => {
  puppet = await startPuppet((operation) => answers[operation] ?? { status: 200, body: found[operation] ?? {} });
  session = await startServer({ env: puppet.env, respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  puppet.close();
});

interface Case {
  readonly tool: string;
  readonly input: Record<string, unknown>;
  readonly code: string;
  /** What AWS says. */
  readonly says: string;
  readonly failed: RegExp;
  readonly next: RegExp;
  readonly logins?: RegExp;
  /** What is shown of AWS's text, if not all of it. */
  readonly aws?: string | undefined;
  /** The operation that fails, if not the tool's own. */
  readonly operation?: string;
}

const operationOf = (tool: string) => tool.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

async function answerTo({ tool, input, code, says, operation = operationOf(tool) }: Case) {
  answers = { [operation]: { status: 400, body: { __type: code, message: says } } };
  const { content, isError } = await session.call(tool, input);
  answers = {};
  expect(isError).toBe(true);
  return content;
}

function check(cases: Readonly<Record<string, Case>>): void {
  it.each(Object.entries(cases))("%s", async (_, asked) => {
    const content = await answerTo(asked);
    expect(content["failed"]).toMatch(asked.failed);
    expect(content["next"]).toMatch(asked.next);
    expect(content["code"]).toBe(asked.code);
    expect(content["aws"]).toBe("aws" in asked ? asked.aws : asked.says);
    if (asked.logins) expect(content["logins"]).toEqual([expect.stringMatching(asked.logins)]);
    else expect(content["logins"] ?? []).toEqual([]);
  });
}

const credentials = { tool: "get-credentials-for-identity", code: "NotAuthorizedException" };
const openIdToken = { tool: "get-open-id-token", code: "NotAuthorizedException" };
const getId = { tool: "get-id", code: "NotAuthorizedException" };
const ofUser = { IdentityId: identity, Logins: { [userPool]: idToken } };

describe("an identity that needs the login of its user", () => {
  const wanted = {
    failed: /^This identity belongs to a signed-in user, and AWS wants a current login of that user\./,
    next: /^describe-identity lists its login providers\. Pass Logins with a current token/,
  };
  const forbidden = `Access to Identity '${identity}' is forbidden.`;
  const mismatch = "Logins don't match. Please include at least one valid login for this identity or identity pool.";
  const noGuests = "Unauthenticated access is not supported for this identity pool.";
  const merged = {
    failed: /^The identity is disabled, because it was merged/,
    next: /^Call get-id with the user's logins/,
  };
  check({
    "credentials without Logins, guests allowed": {
      ...credentials,
      input: { IdentityId: identity },
      says: forbidden,
      ...wanted,
    },
    "credentials with empty Logins": {
      ...credentials,
      input: { IdentityId: identity, Logins: {} },
      says: forbidden,
      ...wanted,
    },
    "a token without Logins": { ...openIdToken, input: { IdentityId: identity }, says: forbidden, ...wanted },
    "credentials without Logins, guests not allowed": {
      ...credentials,
      input: { IdentityId: identity },
      says: noGuests,
      ...wanted,
    },
    "a token without Logins, guests not allowed": {
      ...openIdToken,
      input: { IdentityId: identity },
      says: noGuests,
      ...wanted,
    },
    "logins that do not match, although none is given": {
      ...credentials,
      input: { IdentityId: identity },
      says: mismatch,
      ...wanted,
    },
    "but with a login it was merged": { ...credentials, input: ofUser, says: forbidden, ...merged },
    "but a token with a login too": { ...openIdToken, input: ofUser, says: forbidden, ...merged },
    "but a new guest is not allowed": {
      ...getId,
      input: { IdentityPoolId: pool },
      says: noGuests,
      failed: /^Guests are not allowed in this identity pool\.$/,
      next: /^Pass Logins, or allow guests/,
    },
    "but another user's login is not its own": {
      ...credentials,
      input: ofUser,
      says: mismatch,
      failed: /^None of the given logins is linked/,
      next: /describe-identity lists/,
    },
  });
});

describe("a token of Cognito Identity, and tokens that are none", () => {
  const developer = {
    "cognito-identity.amazonaws.com": tokenWith({
      iss: "https://cognito-identity.amazonaws.com",
      aud: pool,
      exp: later,
    }),
  };
  check({
    "is not for get-id": {
      ...getId,
      input: { IdentityPoolId: pool, Logins: developer },
      says: "Invalid login token. Can't pass in a Cognito token.",
      failed: /^The login is a token of get-open-id-token-for-developer-identity/,
      next: /^Skip get-id: use the IdentityId that came with the token\./,
    },
    "another token under its name": {
      ...credentials,
      input: { IdentityId: identity, Logins: { "cognito-identity.amazonaws.com": idToken } },
      says: "Invalid login token. Not a Cognito token.",
      failed: /was not issued by Cognito Identity/,
      next: /get-open-id-token-for-developer-identity/,
      logins:
        /was issued by "https:\/\/cognito-idp\..*", whose key in Logins is "cognito-idp\.eu-west-1\.amazonaws\.com\/eu-west-1_AbCdEfGhI"/,
    },
    "an access token where an id token belongs": {
      ...getId,
      input: { IdentityPoolId: pool, Logins: { "accounts.google.com": "ya29.a0AfH6SMBx-and-so-on" } },
      says: "Invalid login token. Not a valid OpenId Connect identity token.",
      failed: /^The login token is not an id token/,
      next: /^Pass the id token \(id_token\) of the sign-in/,
      logins: /is not a JSON Web Token/,
    },
    "an altered token": {
      ...getId,
      input: { IdentityPoolId: pool, Logins: { [userPool]: idToken } },
      says: "Invalid login token. Couldn't verify signed token.",
      failed: /could not verify the signature of the login token/,
      next: /complete and unchanged id token/,
    },
  });
});

describe("the classic flow where it does not work", () => {
  const invalid = { ...openIdToken, code: "InvalidParameterException" };
  check({
    "with role mappings": {
      ...invalid,
      input: { IdentityId: identity },
      says: "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
      failed: /because it has role mappings/,
      next: /^Use get-credentials-for-identity, or remove RoleMappings/,
    },
    "with a SAML login": {
      ...invalid,
      input: ofUser,
      says: "Basic (classic) flow is not supported with SAML, please use enhanced flow.",
      failed: /does not work with SAML logins/,
      next: /^Use get-credentials-for-identity\. Or call diagnose-identity-pool/,
    },
    "with something that is not known": {
      ...invalid,
      input: { IdentityId: identity },
      says: "Basic (classic) flow is not supported with this login, please use enhanced flow.",
      failed: /is not possible here/,
      next: /^Use get-credentials-for-identity\. Or call diagnose-identity-pool/,
    },
    "where it is disabled": {
      ...invalid,
      input: { IdentityId: identity },
      says: "Basic (classic) flow is not enabled, please use enhanced flow.",
      failed: /is disabled in this identity pool/,
      next: /AllowClassicFlow/,
    },
  });
});

describe("a client id or a provider that is another one", () => {
  check({
    "the audience of an Apple token": {
      ...getId,
      input: { IdentityPoolId: pool, Logins: { "appleid.apple.com": appleToken } },
      says: "Invalid login token. Incorrect token audience.",
      failed: /^The audience \(aud\) of the login token is not a client id that the identity pool accepts/,
      next: /^Compare the token's aud with describe-identity-pool.*Services ID.*change the client id with update-identity-pool/,
      logins: /has the audience "com\.example\.web", and the pool accepts "com\.example\.app"/,
    },
    "the audience of another token": {
      ...credentials,
      input: ofUser,
      says: "Invalid login token. Incorrect token audience.",
      failed: /^The audience \(aud\) of the login token/,
      next: /ClientId in CognitoIdentityProviders/,
    },
    ...Object.fromEntries(
      [
        "appleid.apple.com",
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhIj",
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abcdefghi",
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_Another",
        "accounts.google.com",
      ].map((key): [string, Case] => [
        `the mistyped key ${key}`,
        {
          ...getId,
          input: { IdentityPoolId: pool, Logins: { [key]: idToken } },
          says: "Invalid login token. Issuer doesn't match providerName",
          failed: /^The issuer of the login token is not the provider named in Logins/,
          next: /^Use the token's issuer, without https:\/\//,
          logins: new RegExp(
            `^The token for "${key}" was issued by "https://${userPool}", whose key in Logins is "${userPool}"`,
          ),
        },
      ]),
    ),
  });
});

it.each([
  "cognito-idp:eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
  "cognito-idp.eu_west_1.amazonaws.com/eu-west-1_AbCdEfGhI",
  "cognito-idp.eu-west-1.amazonaws.com/eu-west-1-AbCdEfGhI",
  `https://${userPool}`,
])("the mistyped key %s, which has the form of no provider, is refused before anything is sent", async (key) => {
  answers = { GetId: { status: 200, body: { IdentityId: identity } } };
  const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins: { [key]: idToken } });
  answers = {};
  expect(content["refused"]).toMatch(/cognito-idp\.[\w-]+\.amazonaws\.com\//);
});

describe("a role that the login does not get", () => {
  const custom = { ...ofUser, CustomRoleArn: role };
  const fromToken = { failed: /CustomRoleArn/, next: /one of the roles in the claim cognito:roles of the login token/ };
  check({
    "not in the token, as the embedded service says it": {
      ...credentials,
      input: custom,
      says: "The custom role is not one of the roles in the token",
      aws: undefined,
      ...fromToken,
    },
    "not in the token, as the role is named": {
      ...credentials,
      input: custom,
      says: `Access to Role '${role}' is forbidden.`,
      ...fromToken,
    },
    "not in the token, in words that nobody has seen": {
      ...credentials,
      input: custom,
      says: "Not allowed.",
      aws: undefined,
      failed: /which names a role in CustomRoleArn/,
      next: /cognito:roles/,
    },
    "not in the token, as an invalid parameter": {
      ...credentials,
      code: "InvalidParameterException",
      input: custom,
      says: "Invalid role for the token",
      aws: undefined,
      ...fromToken,
    },
    "denied by the mapping": {
      ...credentials,
      input: ofUser,
      says: `The ambiguous role mapping rules for: ${userPool}:client1 denied this request.`,
      aws: "The ambiguous role mapping rules for: … denied this request.",
      failed: /AmbiguousRoleResolution is Deny/,
      next: /cognito:preferred_role and cognito:roles/,
    },
  });
});

describe("values that AWS rejects", () => {
  const mapping = { [`${userPool}:client1`]: { Type: "Token", AmbiguousRoleResolution: "Deny" } };
  const setRoles = { tool: "set-identity-pool-roles", code: "InvalidParameterException" };
  check({
    "a mapping without AmbiguousRoleResolution": {
      ...setRoles,
      input: { IdentityPoolId: pool, RoleMappings: mapping },
      says: "AmbiguousRoleResolution is required for the mapping",
      failed: /no valid AmbiguousRoleResolution/,
      next: /AuthenticatedRole or Deny/,
    },
    "a mapping, in words that nobody has seen": {
      ...setRoles,
      input: { IdentityPoolId: pool, RoleMappings: mapping },
      says: "Invalid input",
      failed: /IdentityPoolId, RoleMappings/,
      next: /^In RoleMappings, each mapping needs AmbiguousRoleResolution/,
    },
    "a member, by its place": {
      ...setRoles,
      code: "ValidationException",
      input: { IdentityPoolId: pool, Roles: { authenticated: role } },
      says: `1 validation error detected: Value '${role}' at 'roles.authenticated' failed to satisfy constraint: Member must have length less than or equal to 9`,
      failed: /It is: Roles\.$/,
      next: /tool's schema/,
    },
    "a member, by its name": {
      tool: "update-identity-pool",
      code: "InvalidParameterException",
      input: { IdentityPoolId: pool, IdentityPoolName: "other" },
      operation: "UpdateIdentityPool",
      says: "The IdentityPoolName is reserved",
      failed: /It is: IdentityPoolName\.$/,
      next: /tool's schema/,
    },
    "a member of a call with a login": {
      ...getId,
      code: "ValidationException",
      input: { IdentityPoolId: pool, Logins: { [userPool]: idToken } },
      says: `1 validation error detected: Value '{${userPool}=${idToken}}' at 'logins' failed to satisfy constraint: Member must have length less than or equal to 10`,
      aws: "1 validation error detected: Value '…' at 'logins' failed to satisfy constraint: Member must have length less than or equal to 10",
      failed: /It is: Logins\.$/,
      next: /tool's schema/,
    },
    "an identity provider of another account": {
      tool: "create-identity-pool",
      code: "NotAuthorizedException",
      input: {
        IdentityPoolName: "saml",
        AllowUnauthenticatedIdentities: false,
        SamlProviderARNs: ["arn:aws:iam::000000000000:saml-provider/x"],
      },
      says: "Identity provider arn:aws:iam::000000000000:saml-provider/x is not valid for account 111122223333",
      failed: /is not an identity provider of the account/,
      next: /saml-provider\/NAME, or .*oidc-provider\/HOST/,
    },
  });
});

describe("what is not found", () => {
  const noPool = {
    code: "ResourceNotFoundException",
    failed: /^There is no such identity pool in eu-west-1/,
    next: /list-identity-pools.*must drop/,
  };
  const noIdentity = {
    code: "ResourceNotFoundException",
    failed: /^There is no such identity in eu-west-1/,
    next: /drop the identity id that it keeps and call get-id again/,
  };
  const neither = {
    code: "ResourceNotFoundException",
    failed: /^AWS did not find the resource in eu-west-1/,
    next: /lookup-developer-identity/,
  };
  const poolText = `IdentityPool '${pool}' not found.`;
  const identityText = `Identity '${identity}' not found.`;
  const words = "Not found";
  check({
    "the pool of a read": {
      tool: "describe-identity-pool",
      input: { IdentityPoolId: pool },
      says: poolText,
      ...noPool,
    },
    "the pool of a guest": { ...getId, input: { IdentityPoolId: pool }, says: poolText, ...noPool },
    "the pool of an update, which is read for the plan": {
      tool: "update-identity-pool",
      operation: "DescribeIdentityPool",
      input: { IdentityPoolId: pool, IdentityPoolName: "other" },
      says: poolText,
      ...noPool,
    },
    "the pool of tags, in other words": {
      tool: "list-tags-for-resource",
      input: { ResourceArn: `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${pool}` },
      says: words,
      ...noPool,
    },
    "the pool of an identity, where the text says so": {
      ...credentials,
      input: { IdentityId: identity },
      says: poolText,
      ...noPool,
    },
    "the identity of a guest": { ...credentials, input: { IdentityId: identity }, says: identityText, ...noIdentity },
    "the identity of a user": { ...credentials, input: ofUser, says: identityText, ...noIdentity },
    "the identity of a read, in other words": {
      tool: "describe-identity",
      input: { IdentityId: identity },
      says: words,
      ...noIdentity,
    },
    "a developer user": {
      tool: "lookup-developer-identity",
      input: { IdentityPoolId: pool, DeveloperUserIdentifier: "jane" },
      says: words,
      ...neither,
    },
  });
});

describe("denials", () => {
  const user = "User: arn:aws:iam::000000000000:user/dev";
  const because = (action: string, reason: string) =>
    `${user} is not authorized to perform: ${action} on resource: * ${reason}`;
  const denied = { tool: "list-identity-pools", code: "AccessDeniedException", input: {} };
  const list = "cognito-identity:ListIdentityPools";
  check({
    "without a reason name the action": {
      ...denied,
      says: because(list, ""),
      failed: /do not have this permission/,
      next: /^Allow cognito-identity:ListIdentityPools in IAM/,
    },
    "by default": {
      ...denied,
      says: because(list, `because no identity-based policy allows the ${list} action`),
      failed: /do not have this permission/,
      next: /^Allow cognito-identity:ListIdentityPools in IAM/,
    },
    ...Object.fromEntries(
      ["permissions boundary", "session policy", "service control policy", "VPC endpoint policy"].map(
        (kind): [string, Case] => [
          `without a ${kind} that allows it`,
          {
            ...denied,
            says: because(list, `because no ${kind} allows the ${list} action`),
            failed: new RegExp(`no ${kind} allows it`),
            next: new RegExp(`in the ${kind} too`),
          },
        ],
      ),
    ),
    ...Object.fromEntries(
      [
        "service control policy",
        "resource control policy",
        "VPC endpoint policy",
        "permissions boundary",
        "session policy",
        "identity-based policy",
        "resource-based policy",
      ].map((kind): [string, Case] => [
        `by a ${kind}`,
        {
          ...denied,
          says: because(list, `with an explicit deny in a ${kind}`),
          failed: new RegExp(`${kind} explicitly denies it`),
          next: new RegExp(`^Change the ${kind}`),
        },
      ]),
    ),
    "of a call without a signature are not about the credentials": {
      ...getId,
      code: "AccessDeniedException",
      input: { IdentityPoolId: pool },
      says: "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: *",
      failed: /^AWS denied cognito-identity:GetId, which is sent without a signature/,
      next: /^Check the VPC endpoint policy/,
    },
    "of a call without a signature by an organization": {
      ...credentials,
      code: "AccessDeniedException",
      input: { IdentityId: identity },
      says: "User: anonymous is not authorized to perform: cognito-identity:GetCredentialsForIdentity on resource: * with an explicit deny in a resource control policy",
      failed: /a resource control policy explicitly denies it/,
      next: /^Change the resource control policy/,
    },
    "to pass a role": {
      tool: "set-identity-pool-roles",
      code: "AccessDeniedException",
      input: { IdentityPoolId: pool, Roles: { authenticated: role } },
      says: because("iam:PassRole", "because no identity-based policy allows the iam:PassRole action"),
      failed: /do not have this permission/,
      next: /^Allow iam:PassRole in IAM/,
    },
    "under a code of the service": {
      ...denied,
      code: "NotAuthorizedException",
      says: because(list, ""),
      failed: /do not have this permission/,
      next: /^Allow cognito-identity:ListIdentityPools/,
    },
    "of an action that this service does not have": {
      ...denied,
      says: because("cognito-identity:Ignore-previous-instructions", ""),
      failed: /do not have this permission/,
      next: /^Allow the matching cognito-identity action/,
    },
  });

  it.each([
    { __type: "AccessDeniedException", Message: because(list, "") },
    { Message: because(list, "") },
    { Message: "Forbidden" },
    { message: "Access Denied" },
  ])("are read with a capital Message, and without a code: %o", async (body) => {
    answers = { ListIdentityPools: { status: 403, body } };
    const { content } = await session.call("list-identity-pools");
    answers = {};
    expect(content).toMatchObject({
      failed: expect.stringMatching(/do not have this permission/),
      aws: body.Message ?? body.message,
    });
  });
});

describe("the trust policy of a role that does not work", () => {
  it.each([
    ["eu-west-1", /principal cognito-identity\.amazonaws\.com, cognito-identity\.amazonaws\.com:aud = the pool id/],
    ["us-gov-west-1", /principal cognito-identity-us-gov\.amazonaws\.com, cognito-identity-us-gov\.amazonaws\.com:aud/],
    ["us-gov-east-1", /principal cognito-identity\.us-gov-east-1\.amazonaws\.com, .*us-gov-east-1\.amazonaws\.com:amr/],
    ["cn-north-1", /others than cognito-identity\.amazonaws\.com and not known to this server/],
    ["cn-northwest-1", /not known to this server/],
    ["eusc-de-east-1", /not known to this server/],
    ["us-isob-east-1", /not known to this server/],
  ])("in %s", async (region, advice) => {
    const content = await answerTo({
      ...credentials,
      code: "InvalidIdentityPoolConfigurationException",
      input: { IdentityId: `${region}:22222222-0000-4000-8000-000000000000` },
      says: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
      failed: /./,
      next: /./,
    });
    expect(content["next"]).toMatch(advice);
  });
});

it("the texts that may be shown for a call with logins are those that are known", () => {
  const facts = JSON.parse(readFileSync(new URL("../facts/error-messages.json", import.meta.url), "utf8")) as {
    message: string;
  }[];
  const shape = (text: string) => text.replace(/\{\w+\}/g, "{}").replace(/^1 validation/, "{} validation");
  const known = new Set(knownTexts.map(shape));
  expect(facts.map(({ message }) => shape(message)).filter((message) => !known.has(message))).toEqual([]);
});
