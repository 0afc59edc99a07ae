import type {
  GetCredentialsForIdentityInput,
  GetCredentialsForIdentityResponse,
  GetOpenIdTokenInput,
  GetOpenIdTokenResponse,
} from "@aws-sdk/client-cognito-identity";
import { authenticate } from "../auth/linking.ts";
import { type Login, readProof } from "../auth/proof.ts";
import { principalTagsFor } from "../auth/providers.ts";
import { resolveRole } from "../auth/resolve-role.ts";
import { type Context, operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { arn, identityId, logins, optional, required } from "../protocol/shapes.ts";
import type { Identity } from "../state/store.ts";

/** Credentials last an hour (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html). */
const CREDENTIALS_SECONDS = 3600;
/** The session name that AWS uses in the enhanced flow. */
const SESSION_NAME = "CognitoIdentityCredentials";
const TOKEN_SECONDS = 600;

export const getCredentialsForIdentity = operation<GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins), CustomRoleArn: optional(arn) },
  async run({ IdentityId, Logins = {}, CustomRoleArn }, context) {
    const { identity, logins } = await authenticateCaller(IdentityId, Logins, context);
    const role = resolveRole(identity, logins, CustomRoleArn);
    const { SecretAccessKey, ...credentials } = context.sessions.issue(role, SESSION_NAME, CREDENTIALS_SECONDS);
    return { IdentityId: identity.id, Credentials: { ...credentials, SecretKey: SecretAccessKey } };
  },
});

export const getOpenIdToken = operation<GetOpenIdTokenInput, GetOpenIdTokenResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins) },
  async run({ IdentityId, Logins = {} }, context) {
    const { pool } = context.store.identity(context.region, IdentityId);
    if (pool.classicFlow === false) throw errors.classicFlowDisabled();
    const { identity, logins } = await authenticateCaller(IdentityId, Logins, context);
    const Token = await context.tokens.sign({
      pool: pool.id,
      identity: identity.id,
      amr: amrOf(identity),
      seconds: TOKEN_SECONDS,
      principalTags: principalTagsOf(identity, logins),
    });
    return { IdentityId: identity.id, Token };
  },
});

/** Authenticates the caller, links new logins, and returns the identity and the verified logins. */
async function authenticateCaller(
  id: string,
  inputLogins: Readonly<Record<string, string>>,
  context: Context,
): Promise<{ identity: Identity; logins: readonly Login[] }> {
  const { pool } = context.store.identity(context.region, id);
  const proof = await readProof(pool, inputLogins, context);
  // Look the identity up again: it may have been deleted during the await.
  const identity = authenticate(context.store.identity(context.region, id), proof, context);
  return { identity, logins: proof.logins };
}

/** The `amr` claim: the linked providers, then the developer provider and its users. */
function amrOf({ authenticated, logins: linkedLogins, developerUsers, pool }: Identity): string[] {
  if (!authenticated) return ["unauthenticated"];
  const developer = pool.developerProvider ?? "";
  const users = Array.from(developerUsers, (user) => `${developer}:${pool.id}:${user}`);
  return ["authenticated", ...linkedLogins.keys(), ...(users.length > 0 ? [developer, ...users] : [])];
}

/** The session tags from the claims of the logins, as configured in the pool. */
function principalTagsOf({ pool }: Identity, logins: readonly Login[]): Record<string, string> {
  return Object.fromEntries(
    logins.flatMap(({ provider, claims }) =>
      Object.entries(principalTagsFor(pool, provider).tags).flatMap(([tag, claim]) =>
        Object.hasOwn(claims, claim) ? [[tag, String(claims[claim])]] : [],
      ),
    ),
  );
}
