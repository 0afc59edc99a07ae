import type {
  GetCredentialsForIdentityInput,
  GetCredentialsForIdentityResponse,
  GetOpenIdTokenInput,
  GetOpenIdTokenResponse,
} from "@aws-sdk/client-cognito-identity";
import { type Context, operation } from "../context.ts";
import { errors } from "../errors.ts";
import { authenticate } from "../linking.ts";
import { prove } from "../proof.ts";
import { arn, identityId, logins, optional, required } from "../shapes.ts";
import type { Identity } from "../store.ts";

/** Credentials last an hour (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html). */
const CREDENTIALS_MS = 3_600_000;
const TOKEN_SECONDS = 600;

export const getCredentialsForIdentity = operation<GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins), CustomRoleArn: optional(arn) },
  async run({ IdentityId, Logins = {} }, context) {
    const claimed = context.store.identity(context.region, IdentityId);
    const identity = authenticate(claimed, await prove(claimed.pool, Logins, context), context);
    if (identity.pool.roles[identity.authenticated ? "authenticated" : "unauthenticated"] === undefined)
      throw errors.noRole();
    return { IdentityId: identity.id, Credentials: mint(context) };
  },
});

export const getOpenIdToken = operation<GetOpenIdTokenInput, GetOpenIdTokenResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins) },
  async run({ IdentityId, Logins = {} }, context) {
    const claimed = context.store.identity(context.region, IdentityId);
    if (claimed.pool.classicFlow === false) throw errors.classicFlowClosed();
    const identity = authenticate(claimed, await prove(claimed.pool, Logins, context), context);
    const Token = await context.tokens.sign({
      pool: identity.pool.id,
      identity: identity.id,
      amr: amrOf(identity),
      seconds: TOKEN_SECONDS,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** How an identity is authenticated: every provider linked to it, and after the developer provider its users. */
function amrOf({ authenticated, logins: linked, developerUsers, pool }: Identity): string[] {
  if (!authenticated) return ["unauthenticated"];
  const developer = pool.developerProvider ?? "";
  const users = Array.from(developerUsers, (user) => `${developer}:${pool.id}:${user}`);
  return ["authenticated", ...linked.keys(), ...(users.length > 0 ? [developer, ...users] : [])];
}

/** Credentials of the form that AWS gives them; they open nothing. */
function mint({ now, randomBytes }: Context) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const key = Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join("");
  return {
    AccessKeyId: `ASIA${key}`,
    SecretKey: Buffer.from(randomBytes(30)).toString("base64"),
    SessionToken: `IQoJ${Buffer.from(randomBytes(300)).toString("base64")}`,
    Expiration: new Date(now().getTime() + CREDENTIALS_MS),
  };
}
