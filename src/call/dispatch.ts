import { wasAccepted } from "../aws/answer-limits.ts";
import type { BeforeRetry } from "../aws/attempts.ts";
import type { Aws } from "../aws/clients.ts";
import { routeOf } from "../aws/region.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  clearUnlinking,
  driftRefusal,
  refusalIfUsed,
  withLogins,
} from "../guards/approval/clearance.ts";
import { forLatest } from "../guards/approval/confirm.ts";
import { busyRefusal, type Slot } from "../guards/concurrency.ts";
import { denialForCall, denialForLinking, denialForTool } from "../guards/policy.ts";
import { createTokenFilter } from "../guards/redaction/caller-tokens.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import { fingerprint } from "../plans/fingerprint.ts";
import type { Plan } from "../plans/plan.ts";
import { readArguments, requestOf } from "../tools/arguments.ts";
import { canLink, isGated } from "../tools/kinds.ts";
import type { GatedTool, LinkingTool, Tool } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";
import { recordEnd, recordIntent } from "./audit-trail.ts";
import { findTool, wholeViews } from "./catalogue.ts";
import { failureOf, isFault } from "./failure.ts";
import { approvalFor, callerOf, fixedCredentials } from "./jobs/approval.ts";
import { linkingFacts } from "./linking.ts";
import { createEntryReader } from "./lists/entry-reads.ts";
import { followPages, wantsAllPages } from "./lists/paginate.ts";
import { select } from "./lists/select.ts";
import { makePlan } from "./make-plan.ts";
import { deleteSelected } from "./many/identities.ts";
import { changePools } from "./many/pools.ts";
import { isMistaken, knownTo } from "./mistakes.ts";
import { refuseIfSecret, tooManyVended, unchangedAnswer } from "./plan-answers.ts";
import { RefusalError } from "./refusal-error.ts";
import { runReport } from "./report.ts";
import { acceptedUnshown, filterResponse, reachedUnshown } from "./response.ts";
import { createRetryCheck, GoalReachedError } from "./retry-check.ts";
import { rememberShown } from "./session.ts";
import {
  callerTokens,
  fillLogins,
  hideTokens,
  needsDeveloperProvider,
  readDeveloperProvider,
  recallDeveloperProvider,
} from "./tokens.ts";
import type { Approved, Call, CallState, Ended, Outcome, Services, Session } from "./types.ts";
import { keepVended } from "./vend.ts";

/** How long the token of a login reference is searched for after it was used. AWS takes no token that is older. */
const REFERENCE_MS = 86_400_000;

/**
 * The one path of every call: policy for the tool → arguments → concurrency → region → policy for the call → logins → (gated, or the
 * call may link logins: plan, approval, plan again) → audit → AWS → allow-list → audit. Never throws: every error becomes a refusal or a
 * failure.
 */
export async function dispatch(call: Call, services: Services, session: Session): Promise<Outcome> {
  const tool = findTool(call.tool, services.tools);
  if ("reason" in tool) return tool;
  const state: CallState = {
    tool,
    call,
    services,
    session,
    withoutTokens: createTokenFilter([]),
    resolvedInput: {},
    referencedTokens: [],
    developerProvider: undefined,
    links: false,
    region: undefined,
    sentRequest: undefined,
    auditId: undefined,
    sent: false,
    receipt: {},
  };
  const outcome = await carryOut(state).then(
    (ended) => withStanding(state, ended),
    (error: unknown) => failureOf(state, error, changes(state), dispatch),
  );
  await recordEnd(state, outcome);
  return outcome;
}

async function carryOut(state: CallState): Promise<Outcome> {
  const { tool, call, services } = state;
  const { aws, policy, redactor } = services;
  recallDeveloperProvider(state);
  const toolDenial = denialForTool(tool, policy);
  if (toolDenial) return toolDenial;
  const read = readArguments(tool, call.arguments);
  if ("problems" in read)
    return refuse(read.problems.join(" "), `Correct the arguments of ${tool.name} and call again.`);
  const given = read.input;
  using slot = await services.concurrency.acquire(call.signal);
  if (!slot) return busyRefusal;
  const region = await route(given, aws);
  if (typeof region !== "string") return region;
  state.region = region;
  const callDenial = denialForCall(given, region, policy);
  if (callDenial) return callDenial;
  if ("run" in tool) return await runReport(tool, given, region, state);
  const { everything, ...named } = given;
  const view = everything === true ? wholeViews.get(tool.name) : undefined;
  if (view) return await runReport(view, named, region, state);
  const input = (await tool.complete?.(given, knownTo(state, region))) ?? given;
  if (isMistaken(input)) return refuse(input.mistake, input.next);
  if (needsDeveloperProvider(state)) await readDeveloperProvider(state, input, region);
  state.withoutTokens = createTokenFilter(callerTokens(state));
  const filled = fillLogins(state, input);
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;
  state.referencedTokens = filled.tokens;
  if (tool.effect === "vend" && !redactor.hasRoom()) return tooManyVended();

  if (isGated(tool)) {
    const failed = (step: CallState, error: unknown) => failureOf(step, error, changes(step), dispatch);
    const ways = { send, failed, withStanding };
    if (input["IdentityPoolIds"] !== undefined) return await changePools(tool, { input, region, slot }, state, ways);
    if (tool.selects && input["where"] !== undefined)
      return await deleteSelected(tool, { input, region, slot }, state, ways);
    const plan: Planned = {
      tool,
      input,
      region,
      slot,
      makePlan: (asked, { reader }) => makePlan(tool, asked, reader, region, state),
    };
    return await carryOutPlan(state, plan);
  }
  if (canLink(tool)) return await carryOutUnlessLinking(state, tool, input, region, slot);
  await recordIntent(state, input, region);
  const sendFor = (arguments_: Fields) => send(state, tool, clearUngated(tool, region, requestOf(tool, arguments_)));
  const page = (members: Fields) =>
    sendFor({ ...state.resolvedInput, NextToken: undefined, ...members }).catch((error: unknown) =>
      failureOf(state, error, changes(state), dispatch),
    );
  const selection = tool.pages?.selection;
  if (tool.pages && selection)
    return await select({
      selection,
      list: tool.pages.list,
      input,
      page,
      reader: createEntryReader(selection, region, state),
      signal: call.signal,
      maxBytes: services.maxAnswerBytes,
      onCount: call.onCount,
    });
  if (!tool.pages || !wantsAllPages(input)) return await sendFor(state.resolvedInput);
  return await followPages({
    pages: tool.pages,
    input,
    page,
    maxBytes: services.maxAnswerBytes,
    onCount: call.onCount,
  });
}

/** Sends a call that does not link, and asks for approval of any other. */
async function carryOutUnlessLinking(
  state: CallState,
  tool: LinkingTool,
  input: Fields,
  region: string,
  slot: Slot,
): Promise<Outcome> {
  const { call, services, resolvedInput } = state;
  const { planToken: _, ...asked } = input;
  const facts = linkingFacts(state, region, services.aws.reader);
  const shown = hideTokens(state, asked, "a token");
  const unchecked = { tool, region, input: shown, request: requestOf(tool, resolvedInput), facts };
  const attempt = async () => {
    const checked = await clearUnlinking(unchecked, () => recordIntent(state, asked, region));
    return checked.kind === "cleared" ? await send(state, tool, checked) : checked;
  };
  const outcome = await inTurn(services.changeLock.shared, call.signal, attempt);
  if (outcome.kind !== "needs approval") return outcome;
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
    slot,
    first: outcome.plan,
    makePlan: (_, { reader }) => tool.planIfLinking(shown, linkingFacts(state, region, reader)),
  });
}

/** A call to be planned. */
interface Planned {
  readonly tool: GatedTool | LinkingTool;
  readonly input: Fields;
  readonly region: string;
  readonly slot: Slot;
  /** The plan as it was just made, if it was. */
  readonly first?: Plan;
  /** Makes the plan of the arguments; undefined where the call needs none any more. */
  readonly makePlan: (asked: Fields, aws: Pick<Aws, "reader">) => Promise<Plan | undefined>;
}

async function carryOutPlan(state: CallState, planned: Planned): Promise<Outcome> {
  const { tool, input, region, slot, first, makePlan } = planned;
  const { call, services, session } = state;
  const { planToken, ...asked } = input;
  const plan = first ?? (await makePlan(asked, services.aws));
  if (!plan) throw new TypeError("a gated tool made no plan");
  if (plan.changes.length === 0) return unchangedAnswer(tool, plan);
  const approval = await approvalFor(plan, { tool, asked, planToken, region, slot }, state);
  const wasShown = session.shownPlans.has(fingerprint(plan));
  if (approval.kind === "refusal" && approval.plan) rememberShown(plan, session);
  if (approval.kind !== "approval") return approval;
  // Again, because a token may have been renewed or removed while the person read the plan.
  const filled = fillLogins(state, input);
  if (filled.kind === "refusal") return filled;
  state.resolvedInput = filled.input;
  state.referencedTokens = filled.tokens;
  // From here to the send one set of credentials: a profile or a credential program may change the account meanwhile.
  const aws = await fixedCredentials(tool, region, services.aws);
  const readPlan = () => makePlan(asked, aws);
  return await inTurn(services.changeLock.exclusively, call.signal, async () => {
    const used = refusalIfUsed(approval);
    if (used) return used;
    const context = { region, ...(await callerOf(tool, region, aws)) };
    const latest = await readPlan();
    const current = latest ? forLatest(approval, latest) : approval;
    const isRenewed = latest !== undefined && current !== approval;
    if (isRenewed && latest.changes.length === 0) return unchangedAnswer(tool, latest);
    const approved = { plan: isRenewed ? latest : plan, by: current.by, account: context.account, wasShown };
    const cleared = await clearApproved(current, tool, context, latest, () =>
      recordIntent(state, asked, region, approved),
    );
    if (cleared.kind === "refusal") return refuseIfSecret(cleared, services.screen);
    try {
      const beforeRetry = createRetryCheck(state, current, context, readPlan);
      return await send(state, tool, withLogins(cleared, state.resolvedInput["Logins"]), {
        aws,
        approved,
        beforeRetry,
      });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ConcurrentModificationException") throw error;
      return refuseIfSecret(driftRefusal(await readPlan(), context), services.screen);
    }
  });
}

/** How long a call waits for its turn beside changes, in milliseconds. Hosts give a call up after a minute. */
const MAX_TURN_MS = 20_000;

/** Does the work in its turn. Raises RefusalError, before anything is done, if that does not come in time. */
async function inTurn<Result>(
  take: (signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new RefusalError(behindOthers)), MAX_TURN_MS);
  try {
    return await take(AbortSignal.any([signal, limit.signal]), async () => {
      clearTimeout(timer);
      return await work();
    });
  } finally {
    clearTimeout(timer);
  }
}

const behindOthers = refuse(
  "Other changes of this server wait for AWS, so this call was not sent. It changed nothing.",
  "Make the same call again in some seconds: an approval that was given still holds.",
);

/** How an approved call is sent: with whose credentials, at whose word, and after which check it is sent again. */
interface Approval {
  readonly aws: Pick<Aws, "send">;
  readonly approved: Approved;
  readonly beforeRetry: BeforeRetry;
}

async function send(state: CallState, tool: Tool, cleared: ClearedCall, approval?: Approval): Promise<Ended> {
  const { call, services, session, withoutTokens } = state;
  call.signal.throwIfAborted();
  // Only now: a call that is refused must not make a secret known, about which the next call could then ask.
  for (const token of state.referencedTokens) {
    const expires = Date.now() + REFERENCE_MS;
    // Protection "tokens of references are remembered": without it, `services.redactor.remember(new Secret(token), expires);` reads `void expires;`.
    services.redactor.remember(new Secret(token), expires);
  }
  state.sent = true;
  state.sentRequest = cleared.request;
  let accepted = false;
  try {
    // An approved call can change identities. Before it, so that nobody relies on what is about to change; after it, because
    // somebody may have read in between.
    if (approval) services.accountMemory.forgetLogins();
    const sending = (approval?.aws ?? services.aws).send(cleared, call.signal, approval?.beforeRetry);
    const response = await sending.finally(() => {
      if (approval) services.accountMemory.forgetLogins();
    });
    accepted = true;
    const filtered = filterResponse(tool, response, cleared.region, services, withoutTokens, approval?.approved);
    if (filtered.kind === "failure")
      return changes(state) ? acceptedUnshown(tool, cleared.region, services, approval?.approved) : filtered;
    session.identityPools.learn(state.resolvedInput, filtered.unredacted);
    services.accountMemory.learnPool(filtered.unredacted);
    // To redact a large undo, and then a large answer, takes a while: other messages get their turn between the two.
    if (approval) await new Promise((resolve) => setImmediate(resolve));
    const notes = "notes" in tool ? (tool.notes?.(filtered.unredacted) ?? []) : [];
    if (tool.effect === "vend") state.receipt = await keepVended(filtered.unredacted, cleared.region, state, dispatch);
    return { kind: "success", content: { ...filtered.content, ...(notes.length > 0 && { notes }), ...state.receipt } };
  } catch (error) {
    if (error instanceof GoalReachedError && approval)
      return reachedUnshown(tool, cleared.region, services, approval.approved);
    // What is known of a change must not be lost because its answer cannot be handled.
    if (!changes(state) || !(accepted || wasAccepted(error))) throw error;
    if (isFault(error)) services.onFault(error);
    return acceptedUnshown(tool, cleared.region, services, approval?.approved);
  }
}

/** Whether the call changes the account. */
function changes({ tool: { effect }, links }: CallState): boolean {
  return links || (effect !== "read" && effect !== "vend");
}

/** The outcome, with the fact that AWS carried the call out, or may have: it is told even where the answer is withheld. */
function withStanding({ tool, sent, receipt }: CallState, outcome: Outcome): Outcome {
  if (!sent || tool.effect === "read" || outcome.kind === "refusal" || outcome.kind === "question") return outcome;
  if (outcome.kind === "failure") return { ...outcome, mayBeCarriedOut: true };
  return { ...outcome, carriedOut: { receipt } };
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
