import type { Audit } from "../audit/types.ts";
import type { Aws } from "../aws/clients.ts";
import { explain, type Failure } from "../aws/errors/explain.ts";
import { routeOf } from "../aws/region.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  confirm,
  drifted,
  type Person,
  type Terminal,
  withLogins,
} from "../guards/approval/confirm.ts";
import type { PlanTokens } from "../guards/approval/plan-tokens.ts";
import { type Admission, busy } from "../guards/concurrency.ts";
import { findLoginFaults, hasAudience, refusesLogins } from "../guards/logins/diagnose.ts";
import { createLogins, isPlainReference, isReference, type Logins } from "../guards/logins/references.ts";
import { levelOf, type Policy, permitCall, permitTool } from "../guards/policy.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import type { Reveal } from "../guards/redaction/reveal.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import { type Again, type Vault, vendedIn } from "../guards/vended.ts";
import { canonical, type Plan } from "../plans/plan.ts";
import { readArguments, requestOf, secretsOf } from "../tools/arguments.ts";
import { type GatedTool, isGated, type Tool } from "../tools/tool.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { recordEnd, recordIntent } from "./audit-trail.ts";
import { asksForAll, followPages } from "./paginate.ts";
import { type Approved, present } from "./response.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a call is answered with. */
export type Outcome = Output | Refusal | Failure;

export interface Output {
  readonly kind: "output";
  /** AWS's members in PascalCase, and beside them ours in camelCase. */
  readonly content: Fields;
}

/** One call as it came in, and the person behind it where the client can ask one. */
export interface Call {
  readonly tool: string;
  readonly arguments: unknown;
  readonly signal: AbortSignal;
  readonly person?: Person | undefined;
  /** Told how many entries a list has so far, where it is followed over its pages. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/** What every call is held against. */
export interface House {
  readonly tools: readonly Tool[];
  readonly policy: Policy;
  readonly aws: Aws;
  readonly redactor: Redactor;
  readonly planTokens: PlanTokens;
  readonly admission: Admission;
  /** Where a person can approve what the client could not ask. */
  readonly terminal?: Terminal | undefined;
  /** Where what is vended is kept for a person to use. */
  readonly vault?: Vault | undefined;
  /** Lets vended secrets through; not there unless the operator wants it. */
  readonly reveal?: Reveal | undefined;
  /** What login references stand for; none can be used without. */
  readonly logins?: Logins | undefined;
  /** Told of every call that is not a read, before and after. */
  readonly audit?: Audit | undefined;
  /** Told of a fault of ours, which the caller sees only as such. */
  readonly onFault: (error: unknown) => void;
}

/** A call that is under way: what it is for, and how far it came. */
export interface Run {
  readonly tool: Tool;
  readonly call: Call;
  readonly house: House;
  readonly logins: Logins;
  /** The arguments, with tokens in the place of login references. */
  filled: Fields;
  /** Its number in the audit, from its intent on. */
  audited: string | undefined;
  /** Whether AWS may have got it. */
  sent: boolean;
}

/**
 * The one path of every call: permission → arguments → admission → region → permission for that → logins → (gated: plan,
 * confirmation, plan again) → audit → AWS → what may leave → audit. Never throws: whatever goes wrong becomes a refusal or a
 * failure.
 */
export async function dispatch(call: Call, house: House): Promise<Outcome> {
  const tool = house.tools.find(({ name }) => name === call.tool);
  if (!tool) {
    const names = house.tools.map(({ name }) => name);
    return refuse(`There is no such tool.${didYouMean(call.tool, names)}`, `The tools are ${names.join(", ")}.`);
  }
  const { logins = noLogins } = house;
  const run: Run = { tool, call, house, logins, filled: {}, audited: undefined, sent: false };
  const outcome = await carryOut(run).catch((error: unknown) => failed(run, error));
  await recordEnd(run, outcome);
  return outcome;
}

const noLogins = createLogins({ references: new Map(), only: false, remember: () => {} });

async function carryOut(run: Run): Promise<Outcome> {
  const { tool, call, house, logins } = run;
  const { aws, policy, redactor } = house;
  // Known before anything can fail, so that no answer can echo them.
  // Protection "secrets in calls are remembered": without it, `redactor.remember(new Secret(value));` reads `void value;`.
  for (const value of secretsOf(tool, call.arguments))
    if (!isPlainReference(value)) redactor.remember(new Secret(value));
  const forbidden = permitTool(tool, policy);
  if (forbidden) return forbidden;
  const read = readArguments(tool, call.arguments);
  if ("problems" in read)
    return refuse(read.problems.join(" "), `Correct the arguments of ${tool.name} and call again.`);
  const { input } = read;
  using place = await house.admission.enter(call.signal);
  if (!place) return busy;
  const region = await route(input, aws);
  if (typeof region !== "string") return region;
  const barred = permitCall(input, region, policy);
  if (barred) return barred;
  const logged = logins.fill(input, secretsOf(tool, input));
  if (logged.kind === "refusal") return logged;
  run.filled = logged.input;

  if (isGated(tool)) return await carryOutPlan(run, tool, input, region);
  await recordIntent(run, input, region);
  const sendFor = (filled: Fields) => send(run, clearUngated(tool, region, requestOf(tool, filled)));
  if (!tool.pages || !asksForAll(input)) return await sendFor(run.filled);
  const page = (NextToken: unknown) =>
    sendFor({ ...run.filled, NextToken }).catch((error: unknown) => failed(run, error));
  return await followPages({ pages: tool.pages, input, page, onCount: call.onCount });
}

async function carryOutPlan(run: Run, tool: GatedTool, input: Fields, region: string): Promise<Outcome> {
  const { call, house, logins } = run;
  const { planToken, ...asked } = input;
  const reader = house.aws.reader(region, call.signal);
  const makePlan = () => tool.plan(asked, reader);
  const plan = await makePlan();
  if (plan.changes.length === 0) return unchanged(tool, plan.notes);
  const hidden = refuseHidden(plan, house.redactor);
  if (hidden) return hidden;
  const place = { region, ...(await house.aws.caller(region)) };
  const approval = await confirm(plan, {
    tool: tool.name,
    input: asked,
    place,
    level: levelOf(tool, house.policy),
    planToken,
    planTokens: house.planTokens,
    person: call.person,
    terminal: house.terminal,
  });
  if (approval.kind === "refusal") return approval;
  // Anew: a token may have been renewed, or have gone, while the person read.
  const logged = logins.fill(input, secretsOf(tool, input));
  if (logged.kind === "refusal") return logged;
  run.filled = logged.input;
  const approved = { plan, by: approval.by, account: place.account };
  const cleared = await clearApproved(approval, tool, place, await makePlan(), () =>
    recordIntent(run, asked, region, approved),
  );
  if (cleared.kind === "refusal") return cleared;
  try {
    return await send(run, withLogins(cleared, run.filled["Logins"]), approved);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConcurrentModificationException") throw error;
    return drifted(await makePlan(), place);
  }
}

async function send(run: Run, cleared: ClearedCall, approved?: Approved): Promise<Outcome> {
  const { tool, call, house, logins } = run;
  call.signal.throwIfAborted();
  run.sent = true;
  const response = await house.aws.send(cleared, call.signal);
  const answer = present(tool, response, cleared.region, house, approved);
  if (answer.kind === "failure") return answer;
  logins.learn(run.filled, answer.whole);
  const claim = tool.effect === "vend" ? await keepVended(answer.whole, cleared.region, call, house) : {};
  return { kind: "output", content: { ...answer.content, ...claim } };
}

async function failed(run: Run, error: unknown): Promise<Failure> {
  const { tool, call, house, logins, filled, sent } = run;
  if (isFault(error)) house.onFault(error);
  const mutates = tool.effect !== "read" && tool.effect !== "vend";
  const failure = explain(error, sent && mutates);
  return sent ? await withLoginFaults(failure, filled, call, { ...house, logins }) : failure;
}

/** Whether an error can only come from a mistake in this program, or in what it is built from. */
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
      "No region: the call names none, and neither does the server's set-up.",
      "Pass region, or start the server with --region, AWS_REGION or a profile that has one.",
    )
  );
}

/** A plan of which a person could not be shown what they must see whole to say yes: all but the old values. */
function refuseHidden({ action, target, changes, notes, confirmation }: Plan, redactor: Redactor): Refusal | undefined {
  const effect = changes.map(({ member, will }) => ({ member, will }));
  const needed = { action, target, effect, notes, confirmation };
  if (canonical(redactor.throughout(needed)) === canonical(needed)) return undefined;
  return refuse(
    "What the call would do holds characters of a secret, so a person could not be shown it. Nothing was changed.",
    "Leave the secret out. If it is in the pool already, change it outside of this server.",
  );
}

function unchanged(tool: Tool, notes: readonly string[]): Output {
  const clear = "clear" in tool.input.shape ? " Maps and lists are added to: to drop entries, use clear." : "";
  return { kind: "output", content: { unchanged: `It is already as asked, so nothing was sent.${clear}`, notes } };
}

/** Adds what the login tokens say themselves of why AWS refused them. */
async function withLoginFaults(failure: Failure, input: Fields, call: Call, house: House): Promise<Failure> {
  if (!refusesLogins.has(failure.code)) return failure;
  const IdentityPoolId = house.logins?.poolOf(input);
  const describe = async () => {
    if (IdentityPoolId === undefined) return undefined;
    const ask = { tool: "describe-identity-pool", arguments: { IdentityPoolId }, signal: call.signal };
    const pool = await dispatch(ask, house);
    return pool.kind === "output" ? pool.content : undefined;
  };
  const logins = await findLoginFaults(tokensIn(input, call.tool), Date.now(), describe);
  return { ...failure, logins };
}

/** A developer provider's logins are names of users; tokens among them are known by their form. */
function tokensIn({ Logins }: Fields, tool: string): [provider: string, token: string][] {
  const logins = Object.entries({ ...(Logins as Readonly<Record<string, string>> | undefined) });
  return tool === "get-open-id-token-for-developer-identity"
    ? logins.filter(([, token]) => hasAudience(token))
    : logins;
}

/** Puts what was vended into the vault. Gives what the caller may know of it: how a person uses it. */
async function keepVended(answer: Fields, region: string, call: Call, house: House): Promise<object> {
  const vended = vendedIn(answer, region);
  if (!vended) return {};
  const claim = await house.vault?.keep(vended, againWithoutPerson(call, house));
  return claim ?? { notes: ["Nobody can collect this: the server has no channel to a person at its machine."] };
}

/** A call to AWS has this long with its retries. */
const RENEWAL_MS = 30_000;

/** The same call anew, on the same path, where its arguments hold all that it takes: no token that will have expired. */
function againWithoutPerson({ tool, arguments: given }: Call, house: House): Again | undefined {
  const { Logins = {} } = { ...(given as object) } as { Logins?: object };
  if (!Object.values(Logins).every(isReference)) return undefined;
  return async (vault) => {
    const repeated = { tool, arguments: given, signal: AbortSignal.timeout(RENEWAL_MS) };
    const outcome = await dispatch(repeated, { ...house, vault, reveal: undefined });
    return outcome.kind === "refusal" ? outcome.reason : outcome.kind === "failure" ? outcome.what : undefined;
  };
}
