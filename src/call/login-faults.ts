import type { Failure } from "../aws/errors/explain.ts";
import { NOT_DEVELOPER_PROVIDER } from "../aws/errors/service.ts";
import { findLoginFaults, hasAudience, loginErrorCodes } from "../guards/logins/diagnose.ts";
import { needsDeveloperProvider } from "./tokens.ts";
import type { CallState, Dispatch } from "./types.ts";

/** The faults of the login tokens of a call that AWS refused, from the tokens' claims; nothing for other failures. */
export async function loginFaults(
  failure: Failure,
  state: CallState,
  callTool: Dispatch,
): Promise<Pick<Failure, "logins">> {
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
