/** What a tool finds wrong with valid arguments once it may read: before a call is made, and after AWS refused it. */
import { routeOf } from "../aws/region.ts";
import { readArguments } from "../tools/arguments.ts";
import type { Known, Mistaken } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";
import { policyReader } from "./report.ts";
import type { CallState } from "./types.ts";

/** How AWS says that a resource is not the caller's, or that there is none. */
const readRefusals = new Set(["AccessDeniedException", "NotAuthorizedException", "ResourceNotFoundException"]);

/** What a tool may read to complete or to check its arguments. */
export function knownTo(state: CallState, region: string): Known {
  const { services, call } = state;
  return { region, read: policyReader(region, state), accountOf: () => services.aws.accountId(region, call.signal) };
}

export function isMistaken(input: Fields | Mistaken): input is Mistaken {
  return "mistake" in input;
}

/** What the tool finds wrong with arguments of which AWS refused to read what they name. */
export async function mistakeIn(state: CallState, error: unknown): Promise<Mistaken | undefined> {
  const { tool, call, sent, resolvedInput } = state;
  if ("run" in tool || !tool.mistakeIn || !(error instanceof Error && readRefusals.has(error.name))) return undefined;
  if (sent && tool.effect !== "read") return undefined;
  const read = readArguments(tool, call.arguments);
  const region = routeOf(resolvedInput);
  if (!("input" in read) || !("region" in region) || region.region === undefined) return undefined;
  return await tool.mistakeIn(read.input, knownTo(state, region.region));
}
