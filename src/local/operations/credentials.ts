import type {
  GetCredentialsForIdentityInput,
  GetCredentialsForIdentityResponse,
  GetOpenIdTokenInput,
  GetOpenIdTokenResponse,
} from "@aws-sdk/client-cognito-identity";
import { type Context, operation } from "../context.ts";
import { errors } from "../errors.ts";
import { authenticate, prove } from "../linking.ts";
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
    if (identity.pool.roles[isGuest(identity) ? "unauthenticated" : "authenticated"] === undefined)
      throw errors.noRole();
    return { IdentityId: identity.id, Credentials: mint(context) };
  },
});

export const getOpenIdToken = operation<GetOpenIdTokenInput, GetOpenIdTokenResponse>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: optional(logins) },
  async run({ IdentityId, Logins = {} }, context) {
    const identity = await caller(IdentityId, Logins, context);
    if (identity.pool.classicFlow === false) throw errors.classicFlowClosed();
    const amr = isGuest(identity) ? ["unauthenticated"] : ["authenticated", ...identity.logins.keys()];
    const Token = await context.tokens.sign({
      pool: identity.pool.id,
      identity: identity.id,
      amr,
      seconds: TOKEN_SECONDS,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** The identity that the call is made for, its logins proven and linked. */
async function caller(id: string, given: Readonly<Record<string, string>>, context: Context): Promise<Identity> {
  const identity = context.store.identity(context.region, id);
  return authenticate(identity, await prove(identity.pool, given, context), context);
}

function isGuest({ logins: linked, developerUsers }: Identity): boolean {
  return linked.size === 0 && developerUsers.size === 0;
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
