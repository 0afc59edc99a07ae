import { wasAccepted } from "../aws/answer-limits.ts";
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
import { makePlan, RefusedPlanError } from "./make-plan.ts";
import { followPages, wantsAllPages } from "./paginate.ts";
import { DeniedReadError, runReport } from "./report.ts";
import { acceptedUnshown, filterResponse } from "./response.ts";
import type { Approved, Call, CallState, Outcome, Services, Session, Success } from "./types.ts";
import { keepVended } from "./vend.ts";

/**
 * The one path of every call: permission → arguments → concurrency → region → permission for that → logins → (gated: plan,
 * approval, plan again) → audit → AWS → allow-list → audit. Never throws: whatever goes wrong becomes a refusal or a failure.
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
  // Known before anything can fail, so that no answer can echo them.
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
  const readPlan = () => makePlan(tool, asked, region, state);
  const plan = await readPlan();
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
  // Again: a token may have been renewed or removed while the person read.
  const filled = services.loginReferences.fill(input, secretsOf(tool, input), session.identityPools.poolOf(input));
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;
  const approved = { plan, by: approval.by, account: context.account };
  const cleared = await clearApproved(approval, tool, context, await readPlan(), () =>
    recordIntent(state, asked, region, approved),
  );
  if (cleared.kind === "refusal") return cleared;
  try {
    return await send(state, tool, withLogins(cleared, state.resolvedInput["Logins"]), approved);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConcurrentModificationException") throw error;
    return driftRefusal(await readPlan(), context);
  }
}

async function send(state: CallState, tool: Tool, cleared: ClearedCall, approved?: Approved): Promise<Outcome> {
  const { call, services, session } = state;
  call.signal.throwIfAborted();
  state.sent = true;
  let accepted = false;
  try {
    const response = await services.aws.send(cleared, call.signal);
    accepted = true;
    const filtered = filterResponse(tool, response, cleared.region, services, approved);
    if (filtered.kind === "failure")
      return changes(tool) ? acceptedUnshown(tool, cleared.region, services, approved) : filtered;
    session.identityPools.learn(state.resolvedInput, filtered.unredacted);
    // To redact a large undo, and then a large answer, takes a while: other messages get their turn between the two.
    if (approved) await new Promise((resolve) => setImmediate(resolve));
    const receipt =
      tool.effect === "vend" ? await keepVended(filtered.unredacted, cleared.region, state, dispatch) : {};
    return { kind: "success", content: { ...filtered.content, ...receipt } };
  } catch (error) {
    // What is known of a change must not be lost because its answer cannot be handled.
    if (!changes(tool) || !(accepted || wasAccepted(error))) throw error;
    if (isFault(error)) services.onFault(error);
    return acceptedUnshown(tool, cleared.region, services, approved);
  }
}

/** Whether the tool changes the account. */
function changes({ effect }: Tool): boolean {
  return effect !== "read" && effect !== "vend";
}

async function failed(state: CallState, error: unknown): Promise<Refusal | Failure> {
  const { tool, services, sent } = state;
  if (error instanceof DeniedReadError || error instanceof RefusedPlanError) return error.refusal;
  if (isFault(error)) services.onFault(error);
  const failure = explain(error, sent && !("run" in tool) && changes(tool));
  if (!sent) return failure;
  // The failure is known, whatever is wrong with what would explain it.
  const logins = await loginFaults(failure, state, dispatch).catch((fault: unknown) => void services.onFault(fault));
  return { ...failure, ...logins };
}

/** Whether an error can only come from a mistake in this program, or in a library that it bundles. */
function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/** The region that the call's ids name, or else the one asked for, or else the server's own. */
async function route(input: Fields, aws: Aws): Promise<string | Refusal> {
  const found = routeOf(input);
  if ("problem" in found) return refuse(found.problem, found.next);
  if (found.region !== undefined) return found.region;
  if (typeof input["region"] === "string") return input["region"];
  return (
    (await aws.defaultRegion()) ??
    refuse(
      "No AWS region is set: the call has none, and neither has the server.",
      "Pass region, or start the server with --region, AWS_REGION or a profile that has one.",
    )
  );
}

/** Refuses a plan of which redaction would hide a part that a person must see to say yes: everything but the old values. */
function refuseIfRedacted({ action, target, changes, notes, confirmation }: Plan, redactor: Redactor) {
  const effect = changes.map(({ path, after }) => ({ path, after }));
  const needed = { action, target, effect, notes, confirmation };
  if (canonicalJson(redactor.redactDeep(needed)) === canonicalJson(needed)) return undefined;
  return refuse(
    "The change contains characters of a secret, so it cannot be shown to a person. Nothing was changed.",
    "Remove the secret from the call. If the pool contains it already, change the pool outside of this server.",
  );
}

function unchanged(tool: Tool, notes: readonly string[]): Success {
  const clear = "clear" in tool.input.shape ? " Maps and lists are added to: to drop entries, use clear." : "";
  return { kind: "success", content: { unchanged: `It is already as asked, so nothing was sent.${clear}`, notes } };
}
