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
    const identity = await caller(IdentityId, Logins, context);
    if (identity.pool.roles[identity.authenticated ? "authenticated" : "unauthenticated"] === undefined)
      throw errors.noRole();
    return { IdentityId: identity.id, Credentials: mint(context) };
  },
});

export const getOpenIdToken = operation<GetOpenIdTokenInput, GetOpenIdTokenResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins) },
  async run({ IdentityId, Logins = {} }, context) {
    const { pool } = context.store.identity(context.region, IdentityId);
    if (pool.classicFlow === false) throw errors.classicFlowClosed();
    const identity = await caller(IdentityId, Logins, context);
    const Token = await context.tokens.sign({
      pool: pool.id,
      identity: identity.id,
      amr: amrOf(identity),
      seconds: TOKEN_SECONDS,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** The identity that the call is made for, its new logins linked. */
async function caller(id: string, given: Readonly<Record<string, string>>, context: Context): Promise<Identity> {
  const { pool } = context.store.identity(context.region, id);
  const proof = await prove(pool, given, context);
  // Asked for again: it may have been deleted while the proof was read.
  return authenticate(context.store.identity(context.region, id), proof, context);
}

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
