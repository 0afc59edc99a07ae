import type {
  GetCredentialsForIdentityInput,
  GetCredentialsForIdentityResponse,
  GetOpenIdTokenInput,
  GetOpenIdTokenResponse,
} from "@aws-sdk/client-cognito-identity";
import { authenticate } from "../auth/linking.ts";
import { subjectOf } from "../auth/login-tokens.ts";
import { type Login, readProof } from "../auth/proof.ts";
import { oidcArnOf, principalTagsOfLogin } from "../auth/providers.ts";
import { resolveRole } from "../auth/resolve-role.ts";
import { type Context, operation } from "../context.ts";
import { checkAssumption } from "../iam/assume-role.ts";
import { errors, ServiceError } from "../protocol/errors.ts";
import { arn, identityId, logins, optional, required } from "../protocol/shapes.ts";
import type { Identity, Pool } from "../state/store.ts";

/** Credentials last an hour (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html). */
const CREDENTIALS_SECONDS = 3600;
/** The session name that AWS uses in the enhanced flow. */
const SESSION_NAME = "CognitoIdentityCredentials";
const TOKEN_SECONDS = 600;

export const getCredentialsForIdentity = operation<GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins), CustomRoleArn: optional(arn) },
  async run({ IdentityId, Logins = {}, CustomRoleArn }, context) {
    const { identity, logins, tags } = await authenticateCaller(IdentityId, Logins, context);
    const role = resolveRole(identity, logins, CustomRoleArn);
    checkRole(role, identity, tags, context);
    const { SecretAccessKey, ...credentials } = context.sessions.issue(
      role,
      SESSION_NAME,
      CREDENTIALS_SECONDS,
      identity.id,
    );
    return { IdentityId: identity.id, Credentials: { ...credentials, SecretKey: SecretAccessKey } };
  },
});

export const getOpenIdToken = operation<GetOpenIdTokenInput, GetOpenIdTokenResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins) },
  async run({ IdentityId, Logins = {} }, context) {
    const { pool } = context.store.identity(context.region, IdentityId);
    checkClassicFlow(pool, Object.keys(Logins));
    const { identity, tags } = await authenticateCaller(IdentityId, Logins, context);
    const Token = await context.tokens.sign({
      pool: pool.id,
      accountId: context.accountId,
      identity: identity.id,
      amr: amrOf(identity),
      seconds: TOKEN_SECONDS,
      principalTags: tags,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** STS decides as it does in the classic flow, but the caller sees one error for all of its refusals. */
function checkRole(roleArn: string, identity: Identity, tags: Record<string, string>, context: Context): void {
  const { id, pool } = identity;
  const session = { sessionName: SESSION_NAME, seconds: CREDENTIALS_SECONDS, isBasic: false };
  try {
    checkAssumption({ roleArn, pool: pool.id, identity: id, amr: amrOf(identity), tags, ...session }, context);
  } catch (error) {
    throw error instanceof ServiceError ? errors.noRoleConfigured() : error;
  }
}

/** Authenticates the caller, links new logins, and returns the identity, the verified logins and the session tags. */
async function authenticateCaller(
  id: string,
  inputLogins: Readonly<Record<string, string>>,
  context: Context,
): Promise<{ identity: Identity; logins: readonly Login[]; tags: Record<string, string> }> {
  const { pool } = context.store.identity(context.region, id);
  const proof = await readProof(pool, inputLogins, context);
  // Look the identity up again: it may have been deleted during the await.
  const identity = authenticate(context.store.identity(context.region, id), proof, context);
  return { identity, logins: proof.logins, tags: { ...principalTagsOf(identity, proof.logins), ...proof.tags } };
}

/** Throws InvalidParameterException if the pool, or a login of the call, is for the enhanced flow only. */
function checkClassicFlow(pool: Pool, providers: readonly string[]): void {
  if (pool.classicFlow === false) throw errors.classicFlowDisabled();
  if (Object.keys(pool.roleMappings).length > 0) throw errors.classicFlowNotSupported("RoleMappings");
  if (providers.some((provider) => provider.includes(":saml-provider/"))) throw errors.classicFlowNotSupported("SAML");
}

/** The `amr` claim: each linked provider and, where AWS names one, its user; then the developer provider and its users. */
function amrOf({ authenticated, logins: linkedLogins, developerUsers, pool }: Identity): string[] {
  if (!authenticated) return ["unauthenticated"];
  const developer = pool.developerProvider ?? "";
  const users = Array.from(developerUsers, (user) => `${developer}:${pool.id}:${user}`);
  const linked = [...linkedLogins].flatMap(([provider, user]) => [provider, ...userEntry(pool, provider, user)]);
  return ["authenticated", ...linked, ...(users.length > 0 ? [developer, ...users] : [])];
}

/** The entry that names the user of an OpenID Connect provider or of a user pool. Other public providers have none. */
function userEntry(pool: Pool, provider: string, user: string): string[] {
  const subject = subjectOf(user);
  if (subject === undefined) return [];
  const arn = oidcArnOf(pool, provider);
  if (arn !== undefined) return [`${arn}:OIDC:${subject}`];
  return pool.cognitoProviders.some(({ ProviderName }) => ProviderName === provider)
    ? [`${provider}:CognitoSignIn:${subject}`]
    : [];
}

/** The session tags from the claims of the logins, as configured in the pool. */
function principalTagsOf({ pool }: Identity, logins: readonly Login[]): Record<string, string> {
  return Object.fromEntries(
    logins.flatMap(({ provider, claims }) =>
      Object.entries(principalTagsOfLogin(pool, provider).tags).flatMap(([tag, claim]) =>
        Object.hasOwn(claims, claim) ? [[tag, String(claims[claim])]] : [],
      ),
    ),
  );
}
