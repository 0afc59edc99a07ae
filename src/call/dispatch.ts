import type { Aws } from "../aws/clients.ts";
import { explain, type Failure } from "../aws/errors/explain.ts";
import { routeOf } from "../aws/region.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  driftRefusal,
  withLogins,
} from "../guards/approval/clearance.ts";
import { confirm } from "../guards/approval/confirm.ts";
import { busyRefusal } from "../guards/concurrency.ts";
import { isPlainReference } from "../guards/logins/references.ts";
import { denialForCall, denialForTool, levelOf } from "../guards/policy.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import type { Plan } from "../plans/plan.ts";
import { readArguments, requestOf, secretsOf } from "../tools/arguments.ts";
import { type GatedTool, isGated, type Tool } from "../tools/tool.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { canonicalJson, type Fields } from "../util/json.ts";
import { recordEnd, recordIntent } from "./audit-trail.ts";
import { loginFaults } from "./login-faults.ts";
import { followPages, wantsAllPages } from "./paginate.ts";
import { DeniedReadError, runReport } from "./report.ts";
import { filterResponse } from "./response.ts";
import type { Approved, Call, CallState, Outcome, Services, Session, Success } from "./types.ts";
import { keepVended } from "./vend.ts";

/**
 * The one path of every call: policy for the tool → arguments → concurrency → region → policy for the call → logins → (gated: plan,
 * approval, plan again) → audit → AWS → allow-list → audit. Never throws: every error becomes a refusal or a failure.
 */
export async function dispatch(call: Call, services: Services, session: Session): Promise<Outcome> {
  const tool = services.tools.find(({ name }) => name === call.tool);
  if (!tool) {
    const names = services.tools.map(({ name }) => name);
    return refuse(`There is no such tool.${didYouMean(call.tool, names)}`, `The tools are ${names.join(", ")}.`);
  }
  const state: CallState = { tool, call, services, session, resolvedInput: {}, auditId: undefined, sent: false };
  const outcome = await carryOut(state).catch((error: unknown) => failed(state, error));
  await recordEnd(state, outcome);
  return outcome;
}

async function carryOut(state: CallState): Promise<Outcome> {
  const { tool, call, services, session } = state;
  const { aws, policy, redactor, loginReferences } = services;
  // First, before anything can fail, so that no answer can contain them.
  // Protection "secrets in calls are remembered": without it, `redactor.remember(new Secret(value));` reads `void value;`.
  for (const value of secretsOf(tool, call.arguments))
    if (!isPlainReference(value)) redactor.remember(new Secret(value));
  const toolDenial = denialForTool(tool, policy);
  if (toolDenial) return toolDenial;
  const read = readArguments(tool, call.arguments);
  if ("problems" in read)
    return refuse(read.problems.join(" "), `Correct the arguments of ${tool.name} and call again.`);
  const { input } = read;
  using slot = await services.concurrency.acquire(call.signal);
  if (!slot) return busyRefusal;
  const region = await route(input, aws);
  if (typeof region !== "string") return region;
  const callDenial = denialForCall(input, region, policy);
  if (callDenial) return callDenial;
  if ("run" in tool) return await runReport(tool, input, region, state);
  const filled = loginReferences.fill(input, secretsOf(tool, input), session.identityPools.poolOf(input));
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;

  if (isGated(tool)) return await carryOutPlan(state, tool, input, region);
  await recordIntent(state, input, region);
  const sendFor = (arguments_: Fields) => send(state, tool, clearUngated(tool, region, requestOf(tool, arguments_)));
  if (!tool.pages || !wantsAllPages(input)) return await sendFor(state.resolvedInput);
  const page = (NextToken: unknown) =>
    sendFor({ ...state.resolvedInput, NextToken }).catch((error: unknown) => failed(state, error));
  return await followPages({ pages: tool.pages, input, page, onCount: call.onCount });
}

async function carryOutPlan(state: CallState, tool: GatedTool, input: Fields, region: string): Promise<Outcome> {
  const { call, services, session } = state;
  const { planToken, ...asked } = input;
  const reader = services.aws.reader(region, call.signal);
  const makePlan = () => tool.plan(asked, reader);
  const plan = await makePlan();
  if (plan.changes.length === 0) return unchanged(tool, plan.notes);
  const hidden = refuseIfRedacted(plan, services.redactor);
  if (hidden) return hidden;
  const context = { region, ...(await services.aws.caller(region)) };
  const approval = await confirm(plan, {
    tool: tool.name,
    input: asked,
    context,
    level: levelOf(tool, services.policy),
    planToken,
    planTokens: session.planTokens,
    prompter: call.prompter,
    pendingApprovals: services.pendingApprovals,
  });
  if (approval.kind === "refusal") return approval;
  // Again, because a token may have been renewed or removed while the person read the plan.
  const filled = services.loginReferences.fill(input, secretsOf(tool, input), session.identityPools.poolOf(input));
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;
  const approved = { plan, by: approval.by, account: context.account };
  const cleared = await clearApproved(approval, tool, context, await makePlan(), () =>
    recordIntent(state, asked, region, approved),
  );
  if (cleared.kind === "refusal") return cleared;
  try {
    return await send(state, tool, withLogins(cleared, state.resolvedInput["Logins"]), approved);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConcurrentModificationException") throw error;
    return driftRefusal(await makePlan(), context);
  }
}

async function send(state: CallState, tool: Tool, cleared: ClearedCall, approved?: Approved): Promise<Outcome> {
  const { call, services, session } = state;
  call.signal.throwIfAborted();
  state.sent = true;
  const response = await services.aws.send(cleared, call.signal);
  const filtered = filterResponse(tool, response, cleared.region, services, approved);
  if (filtered.kind === "failure") return filtered;
  session.identityPools.learn(state.resolvedInput, filtered.unredacted);
  const receipt = tool.effect === "vend" ? await keepVended(filtered.unredacted, cleared.region, state, dispatch) : {};
  return { kind: "success", content: { ...filtered.content, ...receipt } };
}

async function failed(state: CallState, error: unknown): Promise<Refusal | Failure> {
  const { tool, services, sent } = state;
  if (error instanceof DeniedReadError) return error.refusal;
  if (isFault(error)) services.onFault(error);
  const mutates = tool.effect !== "read" && tool.effect !== "vend";
  const failure = explain(error, sent && mutates);
  return sent ? { ...failure, ...(await loginFaults(failure, state, dispatch)) } : failure;
}

/** Whether an error can only come from a defect in this program or in a bundled library. */
function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/** The region from the call's ids, otherwise from the argument `region`, otherwise from the server's settings. */
async function route(input: Fields, aws: Aws): Promise<string | Refusal> {
  const found = routeOf(input);
  if ("problem" in found) return refuse(found.problem, found.next);
  if (found.region !== undefined) return found.region;
  if (typeof input["region"] === "string") return input["region"];
  return (
    (await aws.defaultRegion()) ??
    refuse(
      "No AWS region is set, neither in the call nor for the server.",
      "Pass region, or start the server with --region, AWS_REGION or a profile that has a region.",
    )
  );
}

/** Refuses a plan if redaction would hide a part that a person must see before approving: everything except the old values. */
function refuseIfRedacted({ action, target, changes, notes, confirmation }: Plan, redactor: Redactor) {
  const effect = changes.map(({ path, after }) => ({ path, after }));
  const needed = { action, target, effect, notes, confirmation };
  if (canonicalJson(redactor.redactDeep(needed)) === canonicalJson(needed)) return undefined;
  return refuse(
    "The change contains characters of a secret, so it cannot be shown to a person. Nothing was changed.",
    "Remove the secret from the call. If the pool already contains it, change the pool outside of this server.",
  );
}

function unchanged(tool: Tool, notes: readonly string[]): Success {
  const clear = "clear" in tool.input.shape ? " Updates add to maps and lists. To remove entries, use clear." : "";
  return {
    kind: "success",
    content: { unchanged: `The account is already as requested, so nothing was sent.${clear}`, notes },
  };
}
