/**
 * The STS operations that use vended credentials and tokens: GetCallerIdentity, and AssumeRoleWithWebIdentity for the
 * classic flow (https://docs.aws.amazon.com/STS/latest/APIReference/). The AWS query protocol: form input, XML output.
 */

import { checkAssumption } from "../iam/assume-role.ts";
import { uniqueId } from "../iam/operation.ts";
import { checkPermissions } from "../iam/policy/permissions.ts";
import { serviceHost } from "../partition.ts";
import type { LocalRequest, LocalResponse } from "../protocol/aws-json.ts";
import { formOf, queryFailure, querySuccess, type XmlElements } from "../protocol/aws-query.ts";
import { ServiceError } from "../protocol/errors.ts";
import type { Documents } from "../state/documents.ts";
import { type OpenIdTokens, principalTagsIn } from "../tokens/openid-tokens.ts";
import type { Sessions } from "./session-credentials.ts";
import { isSignedWith, readSignature } from "./signature.ts";

interface StsContext {
  readonly accountId: string;
  readonly documents: Documents;
  readonly strictRoles: boolean;
  readonly now: () => Date;
  readonly sessions: Sessions;
  readonly tokens: OpenIdTokens;
}

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Handles a request to STS; never throws. */
export async function handleSts(request: LocalRequest, requestId: string, context: StsContext): Promise<LocalResponse> {
  const form = formOf(request);
  const action = form.get("Action") ?? "";
  try {
    return querySuccess(action, NAMESPACE, await runAction(action, form, request, context), requestId);
  } catch (error) {
    return queryFailure(error, NAMESPACE, {}, requestId);
  }
}

async function runAction(
  action: string,
  form: URLSearchParams,
  request: LocalRequest,
  context: StsContext,
): Promise<XmlElements> {
  switch (action) {
    case "GetCallerIdentity":
      return getCallerIdentity(request, context);
    case "AssumeRoleWithWebIdentity":
      return await assumeRoleWithWebIdentity(form, context);
    default:
      throw new ServiceError("InvalidAction", "Could not find operation");
  }
}

/** Access keys that AWS issues for a session begin so, and need the session's token. */
const SESSION_KEY = "ASIA";

/**
 * Verifies the signature of credentials that this service vended, and returns their assumed role. Any other access key without a session token is
 * that of a user of the account, as for the operations of Cognito Identity.
 */
function getCallerIdentity(request: LocalRequest, { accountId, now, sessions }: StsContext): XmlElements {
  const { authorization, "x-amz-security-token": token = "" } = request.headers;
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token");
  const signature = readSignature(authorization);
  if (!signature) throw new ServiceError("IncompleteSignature", "Authorization header is not a signature of version 4");
  if (token === "" && !signature.accessKeyId.startsWith(SESSION_KEY))
    return { Arn: `arn:aws:iam::${accountId}:user/local`, UserId: signature.accessKeyId, Account: accountId };
  const session = sessions.read(token);
  if (session?.accessKeyId !== signature.accessKeyId)
    throw new ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.");
  if (!isSignedWith(session.secretAccessKey, signature, request))
    throw new ServiceError(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  if (now().getTime() >= session.expires)
    throw new ServiceError("ExpiredToken", "The security token included in the request is expired");
  const { account, assumedRole, roleId } = parseRoleArn(session.roleArn);
  return {
    Arn: `${assumedRole}/${session.sessionName}`,
    UserId: `${roleId}:${session.sessionName}`,
    Account: account,
  };
}

/** Exchanges an OpenID token of this service for credentials of a role that trusts its identity. */
async function assumeRoleWithWebIdentity(form: URLSearchParams, context: StsContext): Promise<XmlElements> {
  const { sessions, tokens } = context;
  const roleArn = requiredParameter(form, "RoleArn", /^arn:aws[\w-]*:iam::\d{12}:role\/[!-~]{1,512}$/);
  const sessionName = requiredParameter(form, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const token = requiredParameter(form, "WebIdentityToken", /^.{4,20000}$/s);
  const seconds = Number(form.get("DurationSeconds") ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    throw validationError("durationSeconds", "Member must have value between 900 and 43200");
  checkSessionPolicy(form.get("Policy"));
  const claims = await tokens.verify(token).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error;
    throw error.message.includes("Token expired")
      ? new ServiceError("ExpiredTokenException", "Token expired")
      : new ServiceError("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider");
  });
  const { aud, sub = "", amr } = claims;
  checkAssumption(
    {
      roleArn,
      pool: String(aud),
      identity: sub,
      amr: [amr ?? []].flat().map(String),
      tags: principalTagsIn(claims),
      sessionName,
      seconds,
      isBasic: true,
    },
    context,
  );
  const { assumedRole, roleId } = parseRoleArn(roleArn);
  const { Expiration, ...credentials } = sessions.issue(roleArn, sessionName, seconds);
  return {
    Credentials: { ...credentials, Expiration: Expiration.toISOString().replace(".000Z", "Z") },
    SubjectFromWebIdentityToken: sub,
    AssumedRoleUser: { Arn: `${assumedRole}/${sessionName}`, AssumedRoleId: `${roleId}:${sessionName}` },
    Provider: serviceHost(String(aud).split(":", 1)[0] ?? ""),
    Audience: String(aud),
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const MAX_SESSION_POLICY = 2048;

/** Throws ValidationError and MalformedPolicyDocument. */
function checkSessionPolicy(policy: string | null): void {
  if (policy === null) return;
  if (policy.length < 1) throw validationError("policy", "Member must have length greater than or equal to 1");
  if (policy.length > MAX_SESSION_POLICY)
    throw validationError("policy", `Member must have length less than or equal to ${MAX_SESSION_POLICY}`);
  checkPermissions(policy, "This policy contains invalid Json");
}

function requiredParameter(form: URLSearchParams, name: string, pattern: RegExp): string {
  const value = form.get(name);
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (value === null) throw validationError(member, "Member must not be null");
  if (!pattern.test(value))
    throw validationError(member, `Member must satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

function validationError(member: string, constraint: string): ServiceError {
  return new ServiceError(
    "ValidationError",
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Converts `arn:aws:iam::ACCOUNT:role/PATH/NAME` to STS's form: without the path, and with a stable role ID. */
function parseRoleArn(arn: string): { account: string; assumedRole: string; roleId: string } {
  const [, partition = "aws", , , account = "", resource = ""] = arn.split(":");
  const name = resource.split("/").at(-1) ?? "";
  return {
    account,
    assumedRole: `arn:${partition}:sts::${account}:assumed-role/${name}`,
    roleId: uniqueId("AROA", arn),
  };
}
