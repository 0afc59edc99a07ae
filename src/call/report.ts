import type { Aws } from "../aws/clients.ts";
import { denialForCall, denialForTool } from "../guards/policy.ts";
import type { Read } from "../plans/command.ts";
import type { Report } from "../reports/report.ts";
import type { Fields } from "../util/json.ts";
import { RefusalError } from "./refusal-error.ts";
import { filterResponse } from "./response.ts";
import type { CallState, Outcome } from "./types.ts";

/** Runs a report. Its answer passes the same allow-list and redaction as AWS's responses. Raises the SDK's errors and RefusalError. */
export async function runReport(report: Report, input: Fields, region: string, state: CallState): Promise<Outcome> {
  const answer = await report.run(input, { cognitoIdentity: policyReader(region, state) });
  const filtered = filterResponse(report, answer, region, state.services, state.withoutTokens, undefined);
  return filtered.kind === "failure" ? filtered : { kind: "success", content: filtered.content };
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
