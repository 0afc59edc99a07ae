import type { Aws } from "../aws/clients.ts";
import { explain } from "../aws/errors/explain.ts";
import { claimsOf } from "../guards/logins/claims.ts";
import { denialForCall, denialForRegion, denialForTool } from "../guards/policy.ts";
import { refuse } from "../guards/refusal.ts";
import type { Read } from "../plans/command.ts";
import type { Attempt, Report } from "../reports/report.ts";
import type { Fields } from "../util/json.ts";
import { RefusalError } from "./refusal-error.ts";
import { filterResponse } from "./response.ts";
import type { CallState, Outcome } from "./types.ts";

/** Runs a report. Its answer passes the same allow-list and redaction as AWS's responses. Raises the SDK's errors and RefusalError. */
export async function runReport(report: Report, input: Fields, region: string, state: CallState): Promise<Outcome> {
  const { call, session, services } = state;
  const cognitoIdentity = policyReader(region, state);
  using account = services.aws.accountReader(region, call.signal);
  const answer = await report.run(input, {
    cognitoIdentity,
    attempt: attemptWith(cognitoIdentity, state),
    region,
    account: {
      ...account,
      async userPool(id) {
        const denial = denialForRegion(id.split("_")[0] ?? "", services.policy);
        if (denial) throw new RefusalError(denial);
        return await account.userPool(id);
      },
    },
    poolOf: (IdentityId) => session.identityPools.poolOf({ IdentityId }),
    claimsOf(reference, provider, IdentityPoolId) {
      if (provider === undefined)
        throw new RefusalError(refuse("login needs provider.", "Pass the name of the provider, as in Logins."));
      const filled = services.loginReferences.fill({ Logins: { [provider]: reference } }, [reference], IdentityPoolId);
      if (filled.kind === "refusal") throw new RefusalError(filled);
      return claimsOf(filled.tokens[0] ?? "");
    },
  });
  const filtered = filterResponse(report, answer, region, state.services, state.withoutTokens, undefined);
  return filtered.kind === "failure" ? filtered : { kind: "success", content: filtered.content };
}

/** Says why a read was refused, instead of raising it. */
function attemptWith(read: Read, { call }: CallState): Attempt {
  return async (command, request) => {
    try {
      return { read: await read(command, request) };
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof RefusalError) return { refused: error.refusal.reason, isDenied: true };
      // A defect of this program.
      if (error instanceof TypeError) throw error;
      return { refused: explain(error, false).message, isDenied: false };
    }
  };
}

/** Reads what the policy allows: nothing that the read tools could not. Raises the SDK's errors and RefusalError. */
export function policyReader(
  region: string,
  { call, services: { aws, policy, tools } }: CallState,
  reader: Aws["reader"] = aws.reader,
): Read {
  const read = reader(region, call.signal);
  return async (command, request) => {
    const tool = tools.find((other) => "command" in other && other.command === command);
    const denial = (tool && denialForTool(tool, policy)) ?? denialForCall(request as Fields, region, policy);
    if (denial) throw new RefusalError(denial);
    return await read(command, request);
  };
}
