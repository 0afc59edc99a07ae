import { type Change, type Confirmation, digest, fingerprint, type Plan } from "../../plans/plan.ts";
import type { CommandName, GatedTool, UngatedTool } from "../../tools/tool.ts";
import type { Level } from "../policy.ts";
import { quote, visible } from "../redaction/untrusted-text.ts";
import { type Place, type Refusal, refuse, type ShownPlan, showPlan } from "../refusal.ts";
import type { PlanTokens } from "./plan-tokens.ts";

/** A question for a person. `text` is shown as it is; `confirmation` says what counts as yes. */
export interface Question {
  readonly text: string;
  readonly confirmation: Confirmation;
}

/** What came back. Only `accept` with the right content is a yes. */
export type Answer =
  | { readonly action: "accept"; readonly content: unknown }
  | { readonly action: "decline" | "cancel" }
  | { readonly action: "none"; readonly why: string };

/** Somebody who can be asked. */
export interface Person {
  /** Where they sit; at the client, if nothing else is said. */
  readonly at?: "terminal";
  ask(question: Question): Promise<Answer>;
}

/** Somebody at this machine, who answers when they get to it: not in this call, but before the same call comes again. */
export interface Terminal {
  /** Whether the plan that is bound so was approved, and not yet carried out. */
  isApproved(binding: string): boolean;
  /** Takes the approval back, for good; false when there is none, or no more. */
  spend(binding: string): boolean;
  /** Lets the plan wait for an answer. Gives the command with which they come to it; undefined where nobody can. */
  wait(
    binding: string,
    question: Question,
    objectionTo: (said: string) => string | undefined,
  ): Promise<string | undefined>;
}

/** Who can be asked, and what a yes is bound to. */
export interface Asking {
  readonly tool: string;
  /** The arguments after validation. */
  readonly input: object;
  readonly place: Place;
  readonly level: Level;
  /** The token that came with the call, at level `two-step`. */
  readonly planToken: unknown;
  readonly planTokens: PlanTokens;
  readonly person: Person | undefined;
  readonly terminal: Terminal | undefined;
}

/** By whom or what a plan was approved. */
export type Approver = "person at the client" | "person at a terminal" | "plan token" | "policy";

declare const cleared: unique symbol;
declare const approved: unique symbol;

/** A call that the guards let through. Only this module makes one, and only such a call can be sent. */
export interface ClearedCall {
  readonly [cleared]: true;
  readonly kind: "cleared";
  readonly command: CommandName;
  readonly effect: string;
  readonly region: string;
  readonly request: object;
}

/** A person's yes to one plan. Only this module makes one. */
export interface Approval {
  readonly [approved]: true;
  readonly kind: "approval";
  readonly by: Approver;
  readonly fingerprint: string;
  /** Uses the approval up; false when it was used up already. */
  readonly spend: () => boolean;
}

/** The field of the form that carries the answer. */
export const ANSWER = "answer";

/** Every call that was let through, until it is sent: the type alone could be forged with a cast. */
const unsent = new WeakMap<object, CommandName>();

/** Lets a call through that changes nothing which is there. */
export function clearUngated({ command, effect }: UngatedTool, region: string, request: object): ClearedCall {
  return seal({ command, effect, region, request });
}

/** Whether the guards let this very request through as this command, and it was not sent before. Now it counts as sent. */
export function takeClearance(command: string, request: object): boolean {
  return unsent.get(request) === command && unsent.delete(request);
}

/** Asks for what the operator's level for the tool demands. Anything but a plain yes is a refusal, with the plan. */
export async function confirm(plan: Plan, asking: Asking): Promise<Approval | Refusal> {
  const { tool, input, place, level } = asking;
  const shown = fingerprint(plan);
  const binding = digest({ tool, input, region: place.region, caller: place.caller, shown });
  switch (level) {
    case "off":
      return approve("policy", shown, onlyOnce());
    case "two-step":
      return confirmInTwoSteps(plan, asking, shown, binding);
    case "human":
      return await confirmByPerson(plan, asking, shown, binding);
    case "deny":
      // Never listed and refused before its plan is made: should it come this far, nobody is asked.
      return refuse("The operator has denied this. Nothing was changed.", "The operator can change the rule for it.");
  }
}

function confirmInTwoSteps(plan: Plan, asking: Asking, shown: string, binding: string): Approval | Refusal {
  const { place, planToken, planTokens } = asking;
  let reason = "This takes two calls: the first shows the plan.";
  if (typeof planToken === "string") {
    const checked = planTokens.check(planToken, binding);
    if ("spend" in checked) return approve("plan token", shown, checked.spend);
    reason = checked.objection;
  }
  return {
    ...refuse(
      `${reason} Nothing was changed.`,
      "Read the plan. If it is what was asked for, make the same call with planToken added, within 5 minutes. That proves that the plan was shown, not that a person agreed: ask the person where they would want to be asked.",
      showPlan(plan, place),
    ),
    planToken: planTokens.issue(binding),
  };
}

/** The person at the client, or else somebody at a terminal. */
async function confirmByPerson(
  plan: Plan,
  { place, person, terminal }: Asking,
  shown: string,
  binding: string,
): Promise<Approval | Refusal> {
  if (terminal?.isApproved(binding)) return approve("person at a terminal", shown, () => terminal.spend(binding));
  const question = questionFor(plan, place);
  let reason = "A person must approve this, and this client cannot ask one.";
  if (person) {
    const objection = objectionTo(await person.ask(question), plan.confirmation);
    if (objection === undefined)
      return approve(person.at === undefined ? "person at the client" : "person at a terminal", shown, onlyOnce());
    reason = objection;
  }
  // A no may be the client's and not a person's: some hosts decline without showing anything.
  const command = await terminal?.wait(binding, question, (said) => objectionToText(said, plan.confirmation));
  const next =
    command === undefined
      ? "Show the plan to the person. A client that supports MCP form elicitation can ask for the approval."
      : `Show the plan to the person. At a terminal of this machine they can look at it, and answer it, with: ${command}. After a yes the same call, unchanged, goes through once. Do not repeat it before.`;
  return refuse(`${reason} Nothing was changed.`, next, showPlan(plan, place));
}

function approve(by: Approver, shown: string, spend: () => boolean): Approval {
  return { kind: "approval", by, fingerprint: shown, spend } as Approval;
}

function onlyOnce(): () => boolean {
  let spent = false;
  return () => {
    const first = !spent;
    spent = true;
    return first;
  };
}

/**
 * Holds an approval to what was shown: the plan made right before the call must be the plan that was approved. `record` is
 * the last precondition: where it rejects, nothing is cleared, and the approval is still good.
 */
export async function clearApproved(
  approval: Approval,
  { command, effect }: GatedTool,
  place: Place,
  plan: Plan,
  record: () => Promise<void>,
): Promise<ClearedCall | Refusal> {
  if (approval.fingerprint !== fingerprint(plan)) return drifted(plan, place);
  await record();
  // Last, so that no failed precondition burns the approval, and before the call, so that no lost answer repeats it.
  if (!approval.spend())
    return refuse(
      "The approval was used up by another call. Nothing was changed by this one.",
      "Ask for a new approval.",
    );
  return seal({ command, effect, region: place.region, request: plan.request });
}

/** The answer when the account is no longer what was shown, with the plan as it would be now. */
export function drifted(plan: Plan, place: Place): Refusal {
  return refuse(
    "What was approved is no longer what would happen: the account changed meanwhile. Nothing was changed by this call.",
    "Show the new plan to the person, and call again to ask for approval of it.",
    showPlan(plan, place),
  );
}

function seal(call: Omit<ClearedCall, typeof cleared | "kind">): ClearedCall {
  // A copy that nobody else holds: what was cleared cannot be changed any more.
  const request = structuredClone(call.request);
  unsent.set(request, call.command);
  return { kind: "cleared", ...call, request } as ClearedCall;
}

/** The same call with the tokens that its login references stand for: what is approved names them, and holds none. */
export function withLogins(call: ClearedCall, Logins: unknown): ClearedCall {
  if (Logins === undefined) return call;
  // Else a call that was never let through would be, by way of this.
  if (!takeClearance(call.command, call.request)) throw new TypeError("the call is not cleared");
  return seal({ ...call, request: { ...call.request, Logins } });
}

/** Why an answer is no yes, or undefined when it is one. */
function objectionTo(answer: Answer, confirmation: Confirmation): string | undefined {
  switch (answer.action) {
    case "decline":
      return "The answer was no.";
    case "cancel":
      return "The question was dismissed without an answer.";
    case "none":
      return `The question got no answer: ${answer.why}.`;
    case "accept": {
      const said = contentOf(answer.content);
      return said === undefined
        ? "The form came back without the answer it asked for."
        : objectionToText(said, confirmation);
    }
  }
}

function objectionToText(said: string, confirmation: Confirmation): string | undefined {
  if (confirmation.by === "choice") return said.trim() === "yes" ? undefined : "The answer was not yes.";
  return said.trim() === confirmation.expected ? undefined : "What was typed is not what was asked for.";
}

/** The answer of a form that holds just that: hosts pass whatever content came, valid or not. */
function contentOf(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Object.keys(content).length !== 1) return undefined;
  const said = Object.getOwnPropertyDescriptor(content, ANSWER)?.value;
  return typeof said === "string" ? said : undefined;
}

/** Lines of changes that a form shows; the whole plan is in the answer of the call. */
const MOST_LINES = 12;

function questionFor(plan: Plan, { region, account }: Place): Question {
  return { text: planText({ ...plan, region, account }), confirmation: plan.confirmation };
}

/** The plan as a person reads it in a narrow form, the dangerous first. */
export function planText({ action, target, region, account, changes, notes, reversible }: ShownPlan): string {
  const name = target.name === undefined ? "" : ` ${quote(target.name)}`;
  const lines = [...changes].sort((a, b) => danger(b) - danger(a)).map(line);
  const more = lines.length - MOST_LINES;
  return [
    `${action}${name} (${visible(target.id)}) in ${region}, ${account}.${reversible ? "" : " This cannot be undone."}`,
    ...notes,
    ...lines.slice(0, MOST_LINES),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join("\n");
}

function danger(change: Change): number {
  if (!("will" in change)) return 2;
  return "was" in change ? 1 : 0;
}

function line(change: Change): string {
  const member = quote(change.member).slice(1, -1);
  if (!("will" in change)) return `- ${member}: ${value(change.was)}`;
  if (!("was" in change)) return `+ ${member}: ${value(change.will)}`;
  return `~ ${member}: ${value(change.was)} → ${value(change.will)}`;
}

function value(part: unknown): string {
  return typeof part === "string" ? quote(part) : quote(JSON.stringify(part)).slice(1, -1).replaceAll('\\"', '"');
}
