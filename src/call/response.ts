/** Filters a response for the client, and adds what a person and a model should know. */
import type { Failure } from "../aws/errors/explain.ts";
import type { TokenFilter } from "../guards/redaction/caller-tokens.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { vendedFrom } from "../guards/vended.ts";
import type { Plan, ToolCall } from "../plans/plan.ts";
import { maskProviderSecret, providerAt } from "../plans/provider-secrets.ts";
import { readArguments } from "../tools/arguments.ts";
import { mapSensitive } from "../tools/sensitive.ts";
import { canonicalJson, type Fields } from "../util/json.ts";
import { withOddKeys } from "./outcome/odd-keys.ts";
import { shortPlan, withoutRepeatedDates } from "./outcome/short-answers.ts";
import type { AnyTool, Approved, Services, Success } from "./types.ts";

/** A response that passed the allow-list, and the same with its secrets, which must not leave the server. */
interface FilteredResponse extends Success {
  readonly unredacted: Fields;
}

/** Passes the response through the tool's allow-list, and wraps its secrets in Secret objects, which never print their value. */
export function filterResponse(
  tool: AnyTool,
  response: object,
  region: string,
  services: Services,
  withoutTokens: TokenFilter,
  approved: Approved | undefined,
): FilteredResponse | Failure {
  const allowed = tool.output.safeParse(response);
  if (!allowed.success) return unexpected;
  const data = withOddKeys(tool.output, response, allowed.data) as Fields;
  const { redactor, reveal } = services;
  const expires = vendedFrom(data, region)?.expires;
  const hidden = mapSensitive(tool.output, data, (value, how, path) => {
    if (how === "before semicolon") return maskProviderSecret(value, providerAt(path));
    // Protection "secrets in answers are hidden": without it, `redactor.remember(new Secret(value, how), expires)` reads `redactor.remember(new Secret(value, how), expires).expose()`.
    // Protection "secrets in answers are remembered": without it, `redactor.remember(new Secret(value, how), expires)` reads `new Secret(value, how)`.
    const secret = redactor.remember(new Secret(value, how), expires);
    return (tool.effect === "vend" && reveal?.placeholder(value)) || secret;
  }) as Fields;
  const safe = withoutRepeatedDates(hidden);
  return {
    kind: "success",
    unredacted: data,
    // Protection "tokens of a call are taken out of its answer": without it, `withoutTokens(safe)` reads `safe`.
    content: { ...withoutTokens(safe), ...partsOfOurs(tool, region, approved) },
  };
}

const unexpected: Failure = {
  kind: "failure",
  code: "UnexpectedAnswer",
  message: "The response does not have the documented structure, so it is not shown.",
  hint: "Check the endpoint.",
};

/** The outcome of a change that AWS carried out, whose answer is over the limits or cannot be handled. Never throws. */
export function acceptedUnshown(
  tool: AnyTool,
  region: string,
  services: Services,
  approved: Approved | undefined,
): Success {
  const note = "AWS accepted the change. Its answer cannot be shown. Do not repeat the call: read the present state.";
  return unshown(note, tool, region, services, approved);
}

/** The outcome of a change whose answer was lost, where the account is now as requested. Never throws. */
export function reachedUnshown(tool: AnyTool, region: string, services: Services, approved: Approved): Success {
  const note = "AWS's answer was lost, so the server read the account again: it is now as requested.";
  return unshown(note, tool, region, services, approved);
}

function unshown(
  note: string,
  tool: AnyTool,
  region: string,
  services: Services,
  approved: Approved | undefined,
): Success {
  try {
    const { notes = [], ...ours } = partsOfOurs(tool, region, approved);
    return { kind: "success", content: { ...ours, notes: [note, ...notes] } };
  } catch (error) {
    services.onFault(error);
    return { kind: "success", content: { notes: [note] } };
  }
}

/** What stands beside AWS's members. */
function partsOfOurs(
  tool: AnyTool,
  region: string,
  approved: Approved | undefined,
): Fields & { readonly notes?: readonly string[] } {
  const undo = approved ? undoFor(approved.plan) : {};
  const notes = approved?.plan.facts ?? [];
  return {
    ...("region" in tool.input.shape && { region }),
    ...(approved && { approved: summaryOf(approved, region) }),
    ...undo,
    ...(notes.length > 0 && { notes }),
  };
}

/** Without the changes if the client has them from an earlier answer. */
function summaryOf({ plan, by, account, wasShown }: Approved, region: string): object {
  const { action, target, into, changes } = shortPlan(plan);
  return { by, action, target, ...(into && { into }), region, account, ...(!wasShown && { changes }) };
}

/** The plan's undo calls; for a deletion, how to recreate the resource. */
export function undoFor({ undo, recreate }: Plan): Fields {
  if (undo) return { undo };
  return recreate ? { recreate } : {};
}

/** Whether redaction does not change the undo calls, and our tools accept them. */
export function canUndo(undo: readonly ToolCall[], { redactor, tools }: Services): boolean {
  // Of a plan with a piece of a known secret nothing is shown at all (`refuseIfRedacted`).
  const unchanged = canonicalJson(redactor.redactPatterns(undo)) === canonicalJson(undo);
  const accepted = undo.every((call) => {
    const tool = tools.find(({ name }) => name === call.tool);
    return tool && "input" in readArguments(tool, call.arguments);
  });
  return unchanged && accepted;
}
