import { type Change, type Confirmation, fingerprint, type Plan } from "../plans/plan.ts";
import type { CommandName, GatedTool, UngatedTool } from "../tools/tool.ts";
import { type Refusal, refuse, showPlan } from "./refusal.ts";
import { quote, visible } from "./untrusted-text.ts";

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
  ask(question: Question): Promise<Answer>;
}

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
  readonly fingerprint: string;
}

/** The field of the form that carries the answer. */
export const ANSWER = "answer";

/** Lets a call through that changes nothing which is there. */
export function clearUngated({ command, effect }: UngatedTool, region: string, request: object): ClearedCall {
  return seal({ command, effect, region, request });
}

/** Asks the person whether the plan may be carried out. Anything but a plain yes is a refusal, with the plan. */
export async function confirm(plan: Plan, region: string, person: Person | undefined): Promise<Approval | Refusal> {
  const shown = showPlan(plan, region);
  if (!person)
    return refuse(
      "A person must approve this, and this client cannot ask one. Nothing was changed.",
      "Show the plan to the person. A client that supports MCP form elicitation can ask for the approval.",
      shown,
    );
  const objection = objectionTo(await person.ask(questionFor(plan, region)), plan.confirmation);
  if (objection === undefined) return { kind: "approval", fingerprint: fingerprint(plan) } as Approval;
  return refuse(
    `${objection} Nothing was changed.`,
    "Do not repeat the call unless the person asks for it again.",
    shown,
  );
}

/** Holds an approval to what was shown: the plan made right before the call must be the plan that was approved. */
export function clearApproved(
  approval: Approval,
  { command, effect }: GatedTool,
  region: string,
  plan: Plan,
): ClearedCall | Refusal {
  if (approval.fingerprint !== fingerprint(plan))
    return refuse(
      "What was approved is no longer what would happen: the account changed meanwhile. Nothing was changed by this call.",
      "Show the new plan to the person, and call again to ask for approval of it.",
      showPlan(plan, region),
    );
  return seal({ command, effect, region, request: plan.request });
}

function seal(call: Omit<ClearedCall, typeof cleared | "kind">): ClearedCall {
  return { kind: "cleared", ...call } as ClearedCall;
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
      if (said === undefined) return "The form came back without the answer it asked for.";
      if (confirmation.by === "choice") return said === "yes" ? undefined : "The answer was not yes.";
      return said.trim() === confirmation.expected ? undefined : "What was typed is not what the form asked for.";
    }
  }
}

/** The answer of a form that holds just that: hosts pass whatever content came, valid or not. */
function contentOf(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Object.keys(content).length !== 1) return undefined;
  const said = Object.getOwnPropertyDescriptor(content, ANSWER)?.value;
  return typeof said === "string" ? said : undefined;
}

/** Lines of changes that a form shows; the whole plan is in the answer of the call. */
const MOST_LINES = 12;

/** The plan as a person reads it in a narrow form, the dangerous first. */
function questionFor(plan: Plan, region: string): Question {
  const { action, target, changes, notes, reversible, confirmation } = plan;
  const name = target.name === undefined ? "" : ` ${quote(target.name)}`;
  const lines = [...changes].sort((a, b) => danger(b) - danger(a)).map(line);
  const more = lines.length - MOST_LINES;
  return {
    text: [
      `${action}${name} (${visible(target.id)}) in ${region}.${reversible ? "" : " This cannot be undone."}`,
      ...notes,
      ...lines.slice(0, MOST_LINES),
      ...(more > 0 ? [`… and ${more} more`] : []),
    ].join("\n"),
    confirmation,
  };
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
