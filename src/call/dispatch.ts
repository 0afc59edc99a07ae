import type { Aws } from "../aws/clients.ts";
import { explain, type Failure } from "../aws/errors/explain.ts";
import { routeOf } from "../aws/region.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  clearUnlinking,
  driftRefusal,
  withLogins,
} from "../guards/approval/clearance.ts";
import { confirm } from "../guards/approval/confirm.ts";
import { busyRefusal } from "../guards/concurrency.ts";
import { approvalLevelOf, denialForCall, denialForLinking, denialForTool } from "../guards/policy.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import type { Plan } from "../plans/plan.ts";
import { readArguments, requestOf } from "../tools/arguments.ts";
import { canLink, type GatedTool, isGated, type LinkingTool, type Tool } from "../tools/tool.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { canonicalJson, type Fields } from "../util/json.ts";
import { recordEnd, recordIntent } from "./audit-trail.ts";
import { linkingFacts } from "./linking.ts";
import { loginFaults } from "./login-faults.ts";
import { followPages, wantsAllPages } from "./paginate.ts";
import { DeniedReadError, runReport } from "./report.ts";
import { filterResponse } from "./response.ts";
import {
  hideTokens,
  needsDeveloperProvider,
  readDeveloperProvider,
  recallDeveloperProvider,
  rememberTokens,
  tokensIn,
} from "./tokens.ts";
import type { Approved, Call, CallState, Outcome, Services, Session, Success } from "./types.ts";
import { keepVended } from "./vend.ts";

/**
 * The one path of every call: permission → arguments → concurrency → region → permission for that → logins → (gated, or the
 * call may link logins: plan, approval, plan again) → audit → AWS → allow-list → audit. Never throws: whatever goes wrong becomes a refusal or a failure.
 */
export async function dispatch(call: Call, services: Services, session: Session): Promise<Outcome> {
  const tool = services.tools.find(({ name }) => name === call.tool);
  if (!tool) {
    const names = services.tools.map(({ name }) => name);
    return refuse(`There is no such tool.${didYouMean(call.tool, names)}`, `The tools are ${names.join(", ")}.`);
  }
  const state: CallState = {
    tool,
    call,
    services,
    session,
    resolvedInput: {},
    developerProvider: undefined,
    tokensRemembered: false,
    links: false,
    auditId: undefined,
    sent: false,
  };
  const outcome = await carryOut(state).catch((error: unknown) => failed(state, error));
  // For a call that ended before it was known which of its values are tokens: all of them count as such.
  rememberTokens(state);
  await recordEnd(state, outcome);
  return outcome;
}

async function carryOut(state: CallState): Promise<Outcome> {
  const { tool, call, services, session } = state;
  const { aws, policy, loginReferences } = services;
  recallDeveloperProvider(state);
  // Known before anything can fail, so that no answer can echo them.
  if (!needsDeveloperProvider(state)) rememberTokens(state);
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
  if (needsDeveloperProvider(state)) await readDeveloperProvider(state, input, region);
  rememberTokens(state);
  const filled = loginReferences.fill(input, tokensIn(state, input), session.identityPools.poolOf(input));
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;

  if (isGated(tool)) {
    const reader = aws.reader(region, call.signal);
    return await carryOutPlan(state, { tool, input, region, makePlan: (asked) => tool.plan(asked, reader) });
  }
  if (canLink(tool)) return await carryOutUnlessLinking(state, tool, input, region);
  await recordIntent(state, input, region);
  const sendFor = (arguments_: Fields) => send(state, tool, clearUngated(tool, region, requestOf(tool, arguments_)));
  if (!tool.pages || !wantsAllPages(input)) return await sendFor(state.resolvedInput);
  const page = (NextToken: unknown) =>
    sendFor({ ...state.resolvedInput, NextToken }).catch((error: unknown) => failed(state, error));
  return await followPages({ pages: tool.pages, input, page, onCount: call.onCount });
}

/** Sends a call that does not link, and asks for approval of any other. */
async function carryOutUnlessLinking(
  state: CallState,
  tool: LinkingTool,
  input: Fields,
  region: string,
): Promise<Outcome> {
  const { call, services, resolvedInput } = state;
  const { planToken: _, ...asked } = input;
  const facts = linkingFacts(state, region);
  const shown = hideTokens(state, asked, "a token");
  const checked = await clearUnlinking(
    { tool, region, input: shown, request: requestOf(tool, resolvedInput), facts },
    () => recordIntent(state, asked, region),
  );
  if (checked.kind === "cleared") return await send(state, tool, checked);
  state.links = true;
  call.signal.throwIfAborted();
  const denied = denialForLinking(tool, services.policy);
  if (denied) return denied;
  if (call.renewal)
    return refuse(
      `The same call of ${tool.name} would now link logins or merge identities, which needs an approval. Nothing was sent.`,
      "Vend again, and let a person approve it.",
    );
  return await carryOutPlan(state, {
    tool,
    input,
    region,
    first: checked.plan,
    makePlan: () => tool.planIfLinking(shown, facts),
  });
}

/** A call to be planned. */
interface Planned {
  readonly tool: GatedTool | LinkingTool;
  readonly input: Fields;
  readonly region: string;
  /** The plan as it was just made, if it was. */
  readonly first?: Plan;
  /** Makes the plan of the arguments; undefined where the call needs none any more. */
  readonly makePlan: (asked: Fields) => Promise<Plan | undefined>;
}

async function carryOutPlan(state: CallState, { tool, input, region, first, makePlan }: Planned): Promise<Outcome> {
  const { call, services, session } = state;
  const { planToken, ...asked } = input;
  const plan = first ?? (await makePlan(asked));
  if (!plan) throw new TypeError("a gated tool made no plan");
  if (plan.changes.length === 0) return unchanged(tool, plan.notes);
  const hidden = refuseIfRedacted(plan, services.redactor);
  if (hidden) return hidden;
  const context = { region, ...(await callerOf(tool, region, services.aws)) };
  const approval = await confirm(plan, {
    tool: tool.name,
    input: asked,
    context,
    level: approvalLevelOf(tool, services.policy),
    planToken,
    planTokens: session.planTokens,
    prompter: call.prompter,
    pendingApprovals: services.pendingApprovals,
  });
  if (approval.kind === "refusal") return approval;
  // Again: a token may have been renewed or removed while the person read.
  const filled = services.loginReferences.fill(input, tokensIn(state, input), session.identityPools.poolOf(input));
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;
  const approved = { plan, by: approval.by, account: context.account };
  const cleared = await clearApproved(approval, tool, context, await makePlan(asked), () =>
    recordIntent(state, asked, region, approved),
  );
  if (cleared.kind === "refusal") return cleared;
  try {
    return await send(state, tool, withLogins(cleared, state.resolvedInput["Logins"]), approved);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConcurrentModificationException") throw error;
    return driftRefusal(await makePlan(asked), context);
  }
}

/** Whose credentials sign the call. AWS takes some calls unsigned: where a server has no credentials, nobody's do. */
async function callerOf(tool: GatedTool | LinkingTool, region: string, aws: Aws): ReturnType<Aws["caller"]> {
  if (!canLink(tool) || !tool.unsigned) return await aws.caller(region);
  return await aws
    .caller(region)
    .catch(() => ({ caller: "unsigned", account: "an unknown account (there are no AWS credentials)" }));
}

async function send(state: CallState, tool: Tool, cleared: ClearedCall, approved?: Approved): Promise<Outcome> {
  const { call, services, session } = state;
  call.signal.throwIfAborted();
  state.sent = true;
  // An approved call can change identities. Before it, so that nobody relies on what is about to change; after it, since somebody
  // may have read meanwhile.
  if (approved) services.accountMemory.forgetLogins();
  const response = await services.aws.send(cleared, call.signal).finally(() => {
    if (approved) services.accountMemory.forgetLogins();
  });
  const filtered = filterResponse(tool, response, cleared.region, services, approved);
  if (filtered.kind === "failure") return filtered;
  session.identityPools.learn(state.resolvedInput, filtered.unredacted);
  services.accountMemory.learnPool(filtered.unredacted);
  const receipt = tool.effect === "vend" ? await keepVended(filtered.unredacted, cleared.region, state, dispatch) : {};
  return { kind: "success", content: { ...filtered.content, ...receipt } };
}

async function failed(state: CallState, error: unknown): Promise<Refusal | Failure> {
  const { tool, services, sent, links } = state;
  if (error instanceof DeniedReadError) return error.refusal;
  if (isFault(error)) services.onFault(error);
  const mutates = links || (tool.effect !== "read" && tool.effect !== "vend");
  const failure = explain(error, sent && mutates);
  return sent ? { ...failure, ...(await loginFaults(failure, state, dispatch)) } : failure;
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
