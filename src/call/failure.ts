/** Makes a failure of what a call raised: what happened, what to do next, and what of AWS's own text may be shown. */
import { explain, type Failure, isThrottling } from "../aws/errors/explain.ts";
import type { FailedCall } from "../aws/errors/explanation.ts";
import { NOT_DEVELOPER_PROVIDER } from "../aws/errors/logins.ts";
import { findLoginFaults, hasAudience, loginErrorCodes } from "../guards/logins/diagnose.ts";
import { denialForTool } from "../guards/policy.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import { maskProviderSecret, providerAt } from "../plans/provider-secrets.ts";
import { isExplained } from "../reports/diagnosis/diagnose.ts";
import { diagnoseIdentityPool } from "../reports/diagnosis/report.ts";
import { mapSecrets, requestOf } from "../tools/arguments.ts";
import type { Fields } from "../util/json.ts";
import { escapeAndCut } from "../util/visible-text.ts";
import { mistakeIn } from "./mistakes.ts";
import { RefusalError } from "./refusal-error.ts";
import { needsDeveloperProvider } from "./tokens.ts";
import type { CallState, Dispatch } from "./types.ts";

/** Characters of AWS's own text that are shown. */
const MAX_AWS_TEXT = 512;

/** `changes`: whether the call changes the account. Never throws. */
export async function failureOf(
  state: CallState,
  error: unknown,
  changes: boolean,
  callTool: Dispatch,
): Promise<Refusal | Failure> {
  const { tool, services, sent } = state;
  if (error instanceof RefusalError) return error.refusal;
  const mistaken = await mistakeIn(state, error).catch((fault: unknown) => void services.onFault(fault));
  if (mistaken) return refuse(mistaken.mistake, mistaken.next);
  if (isFault(error)) services.onFault(error);
  const { aws, ...explained } = explain(error, sent && !("run" in tool) && changes, failedCall(state));
  const { code, requestId } = state.withoutTokens({ code: explained.code, requestId: explained.requestId });
  const shown = aws === undefined ? undefined : shownText(state, aws);
  const mayBeCarriedOut = sent && tool.effect !== "read" && explain(error, true).unknown;
  const failure = {
    ...explained,
    ...(namesDiagnosis(state, error) && { hint: `${explained.hint} ${DIAGNOSE}` }),
    code,
    ...(shown !== undefined && { aws: shown }),
    ...(requestId !== undefined && { requestId }),
    ...(mayBeCarriedOut && { mayBeCarriedOut }),
  };
  if (!sent) return failure;
  // The failure is known, whatever is wrong with what would explain it.
  const logins = await loginFaults(failure, state, callTool).catch((fault: unknown) => void services.onFault(fault));
  return { ...failure, ...logins };
}

const DIAGNOSE = `Or call ${diagnoseIdentityPool.name} with this error as errorText: it reads the pool and its roles, and names the cause and the fix.`;

/** The calls by which an application gets credentials, or what it needs for them. */
const flow = new Set([
  "get-id",
  "get-credentials-for-identity",
  "get-open-id-token",
  "get-open-id-token-for-developer-identity",
]);

/** Errors of a signed call that are about the AWS credentials of this server, and not about an identity. */
const aboutServer = new Set(["AccessDeniedException", "ExpiredTokenException"]);

/** Whether the report on missing credentials explains the error, and the client may call it. Load needs no report. */
function namesDiagnosis({ tool, services: { tools, policy } }: CallState, error: unknown): boolean {
  if (!flow.has(tool.name) || !(error instanceof Error) || isThrottling(error)) return false;
  if (aboutServer.has(error.name) && !("unsigned" in tool && tool.unsigned)) return false;
  if (!tools.includes(diagnoseIdentityPool) || denialForTool(diagnoseIdentityPool, policy)) return false;
  return isExplained(error.name, error.message);
}

/** Whether an error can only come from a defect in this program or in a bundled library. */
export function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/**
 * AWS's text as data: nothing of it if it holds a piece of a login token of this call. What looks like a secret is taken out before it is
 * cut, because half of it would not be found later.
 */
function shownText({ services, withoutTokens }: CallState, text: string): string | undefined {
  // Protection "AWS's text with a token of the call is not shown": without it, `withoutTokens(text) !== text` reads `false`.
  if (withoutTokens(text) !== text) return undefined;
  return escapeAndCut(services.redactor.redactPatterns(text), MAX_AWS_TEXT);
}

function failedCall(state: CallState): FailedCall {
  const { tool, resolvedInput, region } = state;
  const request = "members" in tool ? requestOf(tool, resolvedInput) : resolvedInput;
  const members = Object.keys(request).filter((member) => !isEmpty(request[member]));
  return {
    members,
    region,
    unsigned: "unsigned" in tool && tool.unsigned,
    holdsSecrets: holdsSecrets(state),
    values: [...publicTexts(request), ...members, ...members.map(lowerFirst)],
  };
}

/** Whether a token or the secret of a login provider is in the arguments, in what stands in their place, or in what was sent. */
function holdsSecrets({ tool, call, resolvedInput, sentRequest, developerProvider }: CallState): boolean {
  let found = false;
  for (const given of [call.arguments, resolvedInput, sentRequest])
    mapSecrets(tool, given, developerProvider, (value, shown, path) => {
      found ||= shown !== "before semicolon" || maskProviderSecret(value, providerAt(path)) !== value;
      return value;
    });
  return found;
}

/** The ids, ARNs and names that are members of the request by themselves. No member of that kind is a secret. */
function publicTexts(request: Fields): string[] {
  return Object.values(request).filter((value) => typeof value === "string");
}

/** As AWS's validation names a member. */
function lowerFirst(member: string): string {
  return `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The faults of the login tokens of a call that AWS refused, from the tokens' claims; nothing for other failures. */
async function loginFaults(failure: Failure, state: CallState, callTool: Dispatch): Promise<Pick<Failure, "logins">> {
  if (!loginErrorCodes.has(failure.code) || failure.message === NOT_DEVELOPER_PROVIDER) return {};
  const { call, services, session, resolvedInput } = state;
  const IdentityPoolId = session.identityPools.poolOf(resolvedInput);
  const describePool = async () => {
    if (IdentityPoolId === undefined) return undefined;
    const describe = { tool: "describe-identity-pool", arguments: { IdentityPoolId }, signal: call.signal };
    const pool = await callTool(describe, services, session);
    return pool.kind === "success" ? pool.content : undefined;
  };
  return { logins: await findLoginFaults(loginTokens(state), Date.now(), describePool, state.withoutTokens) };
}

/** The logins of which a fault can be told: tokens. Where it is not known which login is a user name, those with an audience. */
function loginTokens(state: CallState): [provider: string, token: string][] {
  const { Logins } = state.resolvedInput as { Logins?: Readonly<Record<string, string>> };
  const logins = Object.entries({ ...Logins });
  return needsDeveloperProvider(state)
    ? logins.filter(([, token]) => hasAudience(token))
    : logins.filter(([provider]) => provider !== state.developerProvider);
}
