/** Whether the pool takes the login. */
import { type Branch, because, byTextAlone, findings, found, possible } from "../branch.ts";
import { type Facts, kindsOf, type PoolFacts, providersOf, valueIn } from "../facts.ts";

const ISSUES = "https://github.com";
const FLOW = "https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html";
const POOLS = "https://docs.aws.amazon.com/cognito/latest/developerguide/external-identity-providers.html";

/** The claims by which a pool checks a token. The others may be personal data, and are never shown. */
function tokenOf({ asked: { claims } }: Facts) {
  if (!claims) return undefined;
  const { iss, aud, exp, token_use: use } = claims;
  return {
    issuer: typeof iss === "string" ? iss.replace(/^https:\/\//, "") : undefined,
    audiences: aud === undefined ? [] : [aud].flat().map(String),
    expires: typeof exp === "number" && Math.abs(exp) < 8_640_000_000_000 ? exp * 1000 : undefined,
    isAccessToken: use === "access" || aud === undefined,
  };
}

/** The apps whose tokens the pool takes of a provider; undefined where that cannot be told. */
function appsOf(pool: PoolFacts, provider: string): readonly string[] | undefined {
  const clients = pool.userPools.filter(({ name }) => name === provider).map(({ clientId }) => clientId);
  return clients.length > 0 ? clients : pool.publicProviders.get(provider);
}

/** Whether the text can be a provider's name at all. */
function isProviderName(name: string): boolean {
  if (/^arn:[\w-]+:iam::\d{12}:(saml|oidc)-provider\/./.test(name)) return true;
  return /^[\w.-]+\.[\w.-]+(\/[\w./-]+)?$/.test(name) && !/^cognito-idp\.[^./]*_/.test(name);
}

const NO_GUESTS = /Unauthenticated access is not supported/;

export const loginBranches: readonly Branch[] = [
  {
    id: "B6",
    title: "guests off, or no login sent",
    stage: "login",
    cause:
      "The pool takes no guests, and the request has no login: it is one of a guest, or the application sent no Logins.",
    tell: "AllowUnauthenticatedIdentities of the pool is false.",
    texts: [NO_GUESTS],
    example: "Unauthenticated access is not supported for this identity pool.",
    needs: ["error text", "pool"],
    advice:
      "For a user, pass Logins in GetId and GetCredentialsForIdentity. For guests, set AllowUnauthenticatedIdentities with update-identity-pool.",
    sources: [FLOW, `${ISSUES}/aws/aws-sdk-js-v3/issues/3113`],
    judge: (facts) => {
      const pool = valueIn(facts.pool);
      if (!pool) return undefined;
      if (pool.guests) return "clear";
      const forGuests = {
        tool: "update-identity-pool",
        arguments: { IdentityPoolId: facts.poolId, AllowUnauthenticatedIdentities: true },
      };
      const forUsers = { advice: "Pass the login in Logins, in GetId and in GetCredentialsForIdentity." };
      const kinds = kindsOf(facts);
      if (kinds.includes("guest")) return [found({ AllowUnauthenticatedIdentities: false }, forGuests)];
      return NO_GUESTS.test(facts.asked.errorText ?? "")
        ? [found({ AllowUnauthenticatedIdentities: false }, forUsers, forGuests)]
        : "clear";
    },
  },
  {
    id: "B7",
    title: "no login provider",
    stage: "login",
    cause: "The pool has no login provider, so that nobody can sign in to it.",
    tell: "describe-identity-pool shows no provider.",
    texts: [/does not have identity providers configured/],
    example: "Identity pool - us-east-1:… does not have identity providers configured.",
    needs: ["error text", "pool"],
    advice: "Add the provider with update-identity-pool.",
    sources: [POOLS, `${ISSUES}/aws-amplify/aws-sdk-ios/issues/3034`],
    judge: (facts) => {
      const pool = valueIn(facts.pool);
      if (!pool) return undefined;
      if (providersOf(pool).length > 0 || pool.developerProvider !== undefined) return "clear";
      if (!kindsOf(facts).includes("user")) return undefined;
      return [found({ providers: [] }, ...addProvider(facts))];
    },
  },
  {
    id: "B8",
    title: "invalid provider name",
    stage: "login",
    cause: "A key of Logins is not the name of a provider.",
    tell: "The names are those that describe-identity-pool shows: a domain, cognito-idp.REGION.amazonaws.com/USER_POOL_ID, an issuer without https://, or the ARN of a SAML provider.",
    texts: [/Please provide a valid public provider/],
    example: "Please provide a valid public provider",
    needs: ["error text"],
    advice: "Use the exact name, without https://, with hyphens in the region.",
    sources: [`${ISSUES}/aws-amplify/amplify-js/issues/4739`, `${ISSUES}/aws/aws-cli/issues/1966`],
    judge: ({ asked: { provider, kind }, pool }) => {
      if (provider === undefined || kind === "developer") return undefined;
      if (isProviderName(provider) || valueIn(pool)?.developerProvider === provider) return "clear";
      const known = valueIn(pool);
      return [
        found(
          { provider, ...(known && { providersOfThePool: providersOf(known) }) },
          { advice: "Use the exact name in Logins, without https:// and with hyphens in the region." },
        ),
      ];
    },
  },
  {
    id: "B9",
    title: "provider or client id unknown to the pool",
    stage: "login",
    cause: "The pool does not have this provider, or not the application's client id.",
    tell: "Compare the provider and the token's aud claim with describe-identity-pool.",
    texts: [/Token is not from a supported provider/, /is not valid for account/],
    example: "Token is not from a supported provider of this identity pool.",
    needs: ["error text", "pool", "login"],
    advice: "Add the provider and its client id with update-identity-pool.",
    sources: [`${ISSUES}/aws-amplify/amplify-flutter/issues/851`, POOLS],
    judge: (facts) => {
      const pool = valueIn(facts.pool);
      const { provider, kind } = facts.asked;
      if (!pool || provider === undefined || kind === "developer" || provider === pool.developerProvider)
        return undefined;
      if (!providersOf(pool).includes(provider))
        return isProviderName(provider)
          ? [
              because(
                "The pool does not have this provider.",
                found({ provider, providersOfThePool: providersOf(pool) }, ...addProvider(facts)),
              ),
            ]
          : undefined;
      const token = tokenOf(facts);
      const apps = appsOf(pool, provider);
      if (!token || token.isAccessToken || !apps) return undefined;
      if (token.audiences.some((audience) => apps.includes(audience))) return "clear";
      const evidence = { provider, audienceOfTheToken: token.audiences, clientIdsOfThePool: apps };
      return [because("The pool does not know the client id of the token.", found(evidence, ...addProvider(facts)))];
    },
  },
  {
    id: "B10",
    title: "access token in place of an id token",
    stage: "login",
    cause: "The token has no audience: it is an access token, and the pool takes id tokens.",
    tell: "The token has no claim aud, or token_use is access.",
    texts: [/Missing a required claim: aud/, /Not a valid OpenId Connect identity token/],
    example: "Invalid login token. Missing a required claim: aud",
    needs: ["error text", "login"],
    advice: "Pass the id token.",
    sources: [`${ISSUES}/amazon-archives/amazon-cognito-identity-js/issues/7`],
    judge: (facts) => {
      const token = tokenOf(facts);
      if (!token) return undefined;
      return token.isAccessToken
        ? [found({}, { advice: "Pass the id token in Logins, not the access token." })]
        : "clear";
    },
  },
  {
    id: "B11",
    title: "issuer is not the provider",
    stage: "login",
    cause: "The token's issuer is not the provider under which it was passed.",
    tell: "The claim iss, without https://, is not the key in Logins. AWS compares both before it looks the provider up.",
    texts: [/Issuer doesn't match/],
    example: "Invalid login token. Issuer doesn't match providerName",
    needs: ["error text", "login"],
    advice: "Use the token's issuer, without https://, as the key in Logins.",
    sources: [`${ISSUES}/aws-amplify/aws-sdk-android/issues/444`, `${ISSUES}/aws/aws-sdk-net/issues/1251`],
    judge: (facts) => {
      const token = tokenOf(facts);
      const { provider } = facts.asked;
      if (!token || provider === undefined || provider.startsWith("arn:") || token.issuer === undefined)
        return undefined;
      if (token.issuer === provider) return "clear";
      return [
        found(
          { provider, issuerOfTheToken: token.issuer },
          { advice: "Pass the token under its issuer, without https://." },
        ),
      ];
    },
  },
  {
    id: "B12",
    title: "login token expired",
    stage: "login",
    cause: "The login token has expired.",
    tell: "The text has two times: now, and when the token expired. If they are seconds apart, a clock is wrong.",
    texts: [/Token expired: [\d.]+ >= [\d.]+/, /Token expired/],
    example: "Invalid login token. Token expired: 1589092400 >= 1589092129",
    needs: ["error text", "login"],
    advice:
      "Refresh the session with the provider, and pass the new id token. A developer's token lasts 15 minutes unless its call asks for more.",
    sources: [`${ISSUES}/aws-amplify/aws-sdk-ios/issues/2570`],
    judge: (facts) => {
      const expires = tokenOf(facts)?.expires;
      if (expires === undefined) return undefined;
      if (expires > facts.now) return "clear";
      return [
        found(
          { expired: new Date(expires).toISOString() },
          { advice: "Refresh the session with the provider, and pass the new id token." },
        ),
      ];
    },
  },
  {
    id: "B13",
    title: "signature of the token",
    stage: "login",
    cause:
      "The token's signature is not that of its provider: the token was cut or changed, its user pool was deleted, or the provider changed its keys.",
    tell: "The user pool of the claim iss exists, and the token has three parts.",
    texts: [/Couldn't verify signed token/, /Not a Cognito token/],
    example: "Invalid login token. Couldn't verify signed token.",
    needs: ["error text"],
    advice: "Sign in again and pass the whole new id token. For an OIDC provider, check that its keys are public.",
    sources: [
      `${ISSUES}/amazon-archives/amazon-cognito-identity-js/issues/91`,
      `${ISSUES}/aws-amplify/aws-sdk-android/issues/1431`,
    ],
    judge: byTextAlone,
  },
  {
    id: "B14",
    title: "login of another identity",
    stage: "login",
    cause: "The identity does not have the login that the request passes.",
    tell: "describe-identity shows the identity's logins.",
    texts: [/Logins don't match/, /ResourceConflict/],
    example: "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    needs: ["error text", "identity"],
    advice: "Pass a login that the identity has, or get the login's own identity with GetId.",
    sources: [`${ISSUES}/aws-amplify/amplify-js/issues/2443`, `${ISSUES}/aws/aws-sdk-net/issues/1112`, FLOW],
    judge: ({ identity, asked: { provider }, identityId }) => {
      const logins = valueIn(identity)?.logins;
      if (!logins || provider === undefined || logins.length === 0) return undefined;
      if (logins.includes(provider)) return "clear";
      return [
        found(
          { provider, loginsOfTheIdentity: logins },
          { tool: "describe-identity", arguments: { IdentityId: identityId } },
          { advice: "Pass a login that the identity has, or get the login's own identity with GetId." },
        ),
      ];
    },
  },
  {
    id: "B15",
    title: "user signed out or deleted",
    stage: "login",
    cause: "The user signed out everywhere, or was deleted or disabled, and the pool asks the user pool for that.",
    tell: "ServerSideTokenCheck of the provider is true, and a new sign-in works or is refused.",
    texts: [/revoked|User is disabled|User does not exist/i],
    example: undefined,
    needs: ["error text", "pool"],
    advice: "Let the user sign in again.",
    sources: ["https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CognitoIdentityProvider.html"],
    judge: (facts) => {
      const pool = valueIn(facts.pool);
      if (!pool) return undefined;
      const { provider, errorText = "" } = facts.asked;
      const checked = pool.userPools.filter(({ name, tokenCheck }) => tokenCheck && (provider ?? name) === name);
      if (checked.length === 0) return "clear";
      const isUnexplained =
        /NotAuthorized/.test(errorText) &&
        !loginBranches.some(({ texts }) => texts.some((text) => text.test(errorText)));
      return isUnexplained && kindsOf(facts).includes("user")
        ? [
            possible(
              { ServerSideTokenCheck: true, provider: checked[0]?.name },
              { advice: "Let the user sign in again." },
            ),
          ]
        : undefined;
    },
  },
  {
    id: "B16",
    title: "developer provider",
    stage: "login",
    cause: "The developer provider is not the one of the pool.",
    tell: "DeveloperProviderName of the pool.",
    texts: [/does not support the specified developer provider/],
    example: "This identity pool does not support the specified developer provider",
    needs: ["error text", "pool"],
    advice:
      "Use the pool's DeveloperProviderName. If it has none, set one with update-identity-pool; it cannot be changed later.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/developer-authenticated-identities.html",
      `${ISSUES}/danilop/LambdAuth/issues/32`,
    ],
    judge: ({ pool: read, asked: { kind, provider }, poolId }) => {
      const pool = valueIn(read);
      if (!pool || kind !== "developer") return undefined;
      const { developerProvider } = pool;
      if (developerProvider === undefined)
        return [
          found(
            { DeveloperProviderName: null },
            provider === undefined
              ? { advice: "Set a DeveloperProviderName with update-identity-pool; it cannot be changed later." }
              : {
                  tool: "update-identity-pool",
                  arguments: { IdentityPoolId: poolId, DeveloperProviderName: provider },
                },
          ),
        ];
      return findings(
        provider === undefined || provider === developerProvider
          ? []
          : [
              found(
                { provider, DeveloperProviderName: developerProvider },
                { advice: "Use the pool's DeveloperProviderName as the key in Logins." },
              ),
            ],
      );
    },
  },
];

/** The call that adds the provider of the case, as far as it is known. */
function addProvider(facts: Facts) {
  const { poolId, asked } = facts;
  const { provider } = asked;
  const client = tokenOf(facts)?.audiences[0];
  if (poolId === undefined || provider === undefined)
    return [{ advice: "Add the provider with update-identity-pool." }];
  const update = (member: object) => [
    { tool: "update-identity-pool", arguments: { IdentityPoolId: poolId, ...member } },
  ];
  if (/^arn:[\w-]+:iam::\d{12}:saml-provider\//.test(provider)) return update({ SamlProviderARNs: [provider] });
  if (client === undefined)
    return [{ advice: "Add the provider, with the client id of the token's claim aud, by update-identity-pool." }];
  const pool = valueIn(facts.pool);
  if (provider.startsWith("cognito-idp.")) {
    // As for the clients of this user pool that are there already.
    const ServerSideTokenCheck = (pool?.userPools ?? []).every(
      ({ name, tokenCheck }) => name !== provider || tokenCheck,
    );
    // An update with an entry keeps the others.
    return update({ CognitoIdentityProviders: [{ ProviderName: provider, ClientId: client, ServerSideTokenCheck }] });
  }
  const present = pool?.publicProviders;
  const apps = present?.has(provider) ? present.get(provider) : [];
  // The call replaces the value of a provider: the apps that it has must stay.
  if (/^(accounts\.google\.com|appleid\.apple\.com)$/.test(provider) && apps)
    return update({ SupportedLoginProviders: { [provider]: [...apps, client].join(";") } });
  return [
    {
      advice:
        "Create an OIDC provider in IAM with the token's issuer and client id, and add its ARN by update-identity-pool.",
    },
  ];
}
