/** Gets the decision of a person on a plan: puts it into the queue, shows it in a form if it can, and waits for a while. */
import { digest, fingerprint } from "../../plans/fingerprint.ts";
import type { Plan } from "../../plans/plan.ts";
import type { Effect } from "../../tools/tool.ts";
import { type PlanContext, type Refusal, refuse, type ShownPlan, showPlan } from "../refusal.ts";
import { fitsForm, MAX_FORM_LINES } from "./form-limit.ts";
import { planText } from "./plan-text.ts";
import {
  type ApprovalQuestion,
  type ElicitationAnswer,
  type FormEnd,
  type Reading,
  readElicitation,
  readTyped,
} from "./question.ts";
import type { ApprovalQueue, DecidedBy, QueuedPlan } from "./queue.ts";

/** The forms of one client. */
export interface FormView {
  /** Why no form is opened now, in a sentence; undefined if one can be. */
  unavailable(): string | undefined;
  /** Shows the question until it is answered, `ended` aborts, the call is cancelled or its time is over. Never rejects. */
  open(question: ApprovalQuestion, ended: AbortSignal): Promise<ElicitationAnswer>;
}

/** The queue, and the terminal as a view of it. */
export interface Approvals {
  readonly queue: ApprovalQueue;
  /** The command with which a person decides at a terminal, which from now on finds the plan; undefined if none can. */
  terminal(): Promise<string | undefined>;
}

/** Asks a person at the terminal where the call is made, and gives what they type; undefined if they give no answer. */
export type TerminalPrompt = (
  question: ApprovalQuestion,
) => Promise<{ readonly typed: string } | { readonly why: string }>;

/** The ways to a person, and how long the call waits for one. */
export interface PersonRequest {
  readonly tool: string;
  readonly effect: Effect;
  /** The arguments after validation. */
  readonly input: object;
  readonly context: PlanContext;
  /** The terminal of the command `call`, which asks at once and has no queue. */
  readonly terminalPrompt: TerminalPrompt | undefined;
  readonly approvals: Approvals | undefined;
  /** The forms of the client, or why it is not asked in one; undefined if it has none. */
  readonly form: FormView | string | undefined;
  /** When the call is answered, decided or not, in milliseconds since the epoch. */
  readonly answerBy: number;
  readonly signal: AbortSignal;
  /** Tells the client that the call waits; the function that it gives stops that. */
  readonly onWait?: (() => () => void) | undefined;
}

/** The yes of a person, and how it is used up: by one call. */
export interface PersonApproval {
  readonly kind: "yes";
  readonly by: DecidedBy;
  readonly consume: () => boolean;
}

export async function askPerson(plan: Plan, request: PersonRequest): Promise<PersonApproval | Refusal> {
  const { tool, effect, input, context, approvals, terminalPrompt } = request;
  const shown = showPlan(plan, context);
  const question = { text: planText(shown), confirmation: plan.confirmation };
  if (terminalPrompt) return await askAtTerminal(question, terminalPrompt, shown);
  if (!approvals)
    return refuse("A person must approve this, and nobody can be asked. Nothing was changed.", NO_WAY, shown);
  const call = { tool, input, region: context.region, caller: context.caller };
  const entry = approvals.queue.join({
    binding: digest({ ...call, shown: fingerprint(plan) }),
    call: digest(call),
    change: changeOf(plan, context),
    question,
    about: { tool, effect, action: plan.action, target: plan.target },
  });
  if (entry === "full")
    return refuse(
      "A person must approve this, and too many plans wait for that already. Nothing was changed.",
      "Ask the person to decide on those, and call again later.",
      shown,
    );
  // Before the wait, so that a terminal finds the plan while a form is open.
  const command = await approvals.terminal();
  const why = await waitForDecision(entry, request, approvals.queue);
  const { state } = entry;
  switch (state.is) {
    case "approved":
      return { kind: "yes", by: state.by, consume: () => approvals.queue.consume(entry.binding) };
    case "rejected":
      return refuse(
        `Rejected by ${state.by}. Nothing was changed.`,
        "Do not make this call again unless the person asks you to. For 5 minutes, it is refused without asking.",
        shown,
      );
    case "used":
      return refuse(
        "Another call already used the approval. This call changed nothing.",
        "Read the state before you call again, which requests a new approval.",
        shown,
      );
    case "withdrawn":
      return refuse(
        "The account changed while the plan waited for a person, so there is a new plan. Nothing was changed.",
        "Call again to request approval of the new plan.",
        shown,
      );
    case "waiting":
    case "expired":
      return refuse(
        `A person must approve this, and has not decided yet. ${why} Nothing was changed.`,
        nextStep(command, question),
        shown,
      );
  }
}

/** Equal for plans that show the same change, whatever the arguments of their calls and the order of these. */
function changeOf({ action, target, into, changes }: Plan, { region, caller }: PlanContext): string {
  const ids = [...new Set(target.id.split(", "))].sort();
  return digest({ action, ids, into: into?.id, changes: changes.map(digest).sort(), region, caller });
}

/** Calls that wait for the decision on one plan. Each of them would read the account again after it. */
const MAX_WAITING_CALLS = 8;

/** Waits until the plan is decided, its form is closed, or the call must be answered. Gives how matters stand, in a sentence. */
async function waitForDecision(entry: QueuedPlan, request: PersonRequest, queue: ApprovalQueue): Promise<string> {
  const { answerBy, signal, onWait } = request;
  if (entry.waitingCalls >= MAX_WAITING_CALLS) return "Other calls wait for the same decision.";
  let isOver = false;
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = () => {
      isOver = true;
      resolve();
    };
  });
  // No `AbortSignal.timeout` in an `AbortSignal.any`: Node can collect it before it fires.
  const timer = setTimeout(end, Math.max(0, answerBy - Date.now()));
  signal.addEventListener("abort", end, { once: true });
  entry.waitingCalls += 1;
  const stop = onWait?.();
  try {
    while (entry.state.is === "waiting" && !isOver) {
      const isOwn = entry.form === undefined;
      const form = entry.form ?? openForm(entry, request.form, queue);
      if (typeof form === "string") {
        // Where nobody can have seen the plan, the call is answered, so that the person is told. Its repetition waits.
        if (entry.isAnnounced) await Promise.race([entry.settled, over]);
        return form;
      }
      entry.form = form;
      const closed = await Promise.race([form, entry.settled, over]);
      if (closed?.answer === "unclear") return closed.why;
      // If another call had opened the form and was cancelled, this one opens its own.
      if (closed?.answer === "call ended" && isOwn) return "The form was withdrawn.";
    }
    return entry.form ? "A form is open in the client." : "";
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    stop?.();
    entry.waitingCalls -= 1;
    entry.isAnnounced = true;
  }
}

/** Shows the plan in a form; gives the sentence that says why if it cannot. */
function openForm(entry: QueuedPlan, form: PersonRequest["form"], queue: ApprovalQueue): Promise<FormEnd> | string {
  if (form === undefined) return "This client cannot show a form.";
  if (typeof form === "string") return form;
  if (!fitsForm(entry.question.text))
    return `The plan is too long for a form, which shows at most ${MAX_FORM_LINES} lines.`;
  return form.unavailable() ?? askInForm(entry, form, queue);
}

async function askInForm(entry: QueuedPlan, form: FormView, queue: ApprovalQueue): Promise<FormEnd> {
  const end = readElicitation(await form.open(entry.question, entry.ended), entry.question.confirmation);
  entry.form = undefined;
  if (end.answer === "yes" || end.answer === "no")
    queue.decide(entry.binding, end.answer === "yes", "a person, in the client");
  return end;
}

const SMALLER_CHANGE =
  "Show the plan to the person. Make a smaller change: fewer members, entries or ids in one call. A person can also make this one with the command `call` at a terminal.";

const NO_WAY =
  "Show the plan to the person. They can make the call with the command `call` at a terminal, or use a client that supports MCP form elicitation.";

function nextStep(command: string | undefined, { text }: ApprovalQuestion): string {
  if (command === undefined) return fitsForm(text) ? NO_WAY : SMALLER_CHANGE;
  return `Show the plan to the person. They can decide at a terminal of this machine with: ${command}. Make the same call again, with the same arguments, after they have approved: an approval alone sends nothing. Do not repeat the call before that.`;
}

/** Asks where the call is made. The approval is valid for this one call. */
async function askAtTerminal(
  question: ApprovalQuestion,
  prompt: TerminalPrompt,
  shown: ShownPlan,
): Promise<PersonApproval | Refusal> {
  const answer = await prompt(question);
  const reading: Reading =
    "typed" in answer ? readTyped(answer.typed, question.confirmation) : { answer: "unclear", why: answer.why };
  if (reading.answer === "yes") return { kind: "yes", by: "a person, at a terminal", consume: onlyOnce() };
  const why = reading.answer === "unclear" ? reading.why : "The answer was no.";
  return refuse(`${why} Nothing was changed.`, NO_WAY, shown);
}

export function onlyOnce(): () => boolean {
  let consumed = false;
  return () => {
    const first = !consumed;
    consumed = true;
    return first;
  };
}
