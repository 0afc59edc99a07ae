import type { Failure } from "../aws/errors/explain.ts";
import { findLoginFaults, hasAudience, loginErrorCodes } from "../guards/logins/diagnose.ts";
import type { Fields } from "../util/json.ts";
import type { CallState, Dispatch } from "./types.ts";

/** The faults of the login tokens of a call that AWS refused, from the tokens' claims; nothing for other failures. */
export async function loginFaults(
  failure: Failure,
  { call, services, session, resolvedInput }: CallState,
  callTool: Dispatch,
): Promise<Pick<Failure, "logins">> {
  if (!loginErrorCodes.has(failure.code)) return {};
  const IdentityPoolId = session.identityPools.poolOf(resolvedInput);
  const describePool = async () => {
    if (IdentityPoolId === undefined) return undefined;
    const describe = { tool: "describe-identity-pool", arguments: { IdentityPoolId }, signal: call.signal };
    const pool = await callTool(describe, services, session);
    return pool.kind === "success" ? pool.content : undefined;
  };
  return { logins: await findLoginFaults(tokensIn(resolvedInput, call.tool), Date.now(), describePool) };
}

/** The logins that are tokens. The logins of a developer provider are user ids; tokens among them are recognized by their form. */
function tokensIn({ Logins }: Fields, tool: string): [provider: string, token: string][] {
  const logins = Object.entries({ ...(Logins as Readonly<Record<string, string>> | undefined) });
  return tool === "get-open-id-token-for-developer-identity"
    ? logins.filter(([, token]) => hasAudience(token))
    : logins;
}
