/** Gets the decision of a person on a plan: puts it into the queue, shows it in a form if it can, and waits for a while. */
import { createHmac, randomBytes } from "node:crypto";
import { digest, fingerprint, intentOf } from "../../plans/fingerprint.ts";
import type { Plan } from "../../plans/plan.ts";
import type { Effect } from "../../tools/tool.ts";
import { canonicalJson } from "../../util/json.ts";
import { DRIFTED, type PlanContext, type Refusal, refuse, type ShownPlan, showPlan } from "../refusal.ts";
import { isForEarlierPlan, type Question, RETURNED_LINK, type ReturnedForm } from "./ask-by-return.ts";
import { NO_PASSKEY_HERE, NO_WAY, nextStep, tooManyNext, USE_A_HOST } from "./next-step.ts";
import { planText } from "./plan-text.ts";
import { type ApprovalQuestion, type Reading, readTyped } from "./question.ts";
import {
  type ApprovalQueue,
  type DecidedBy,
  type QueuedPlan,
  questionOf,
  replacementNote,
  withDetails,
} from "./queue.ts";
import type { Approvals, FormView, LinkView, PageView, TerminalPrompt } from "./views.ts";
import {
  failureOf,
  LINK_MESSAGE,
  obstacleTo,
  type Standing,
  type WaitRequest,
  waitForDecision,
} from "./wait-for-decision.ts";

/** Who asks for what, and the ways to a person. */
export interface PersonRequest extends Omit<WaitRequest, "form" | "link"> {
  readonly tool: string;
  readonly effect: Effect;
  /** The arguments after validation. */
  readonly input: object;
  readonly context: PlanContext;
  /** Sentences that a person finds on the terminal and on the page, in addition to the plan. */
  readonly details?: readonly string[] | undefined;
  /** The terminal of the command `call`, which asks at once and has no queue. */
  readonly terminalPrompt: TerminalPrompt | undefined;
  readonly approvals: Approvals | undefined;
  /** The forms of the client, or why it is not asked in one; undefined if it has none. */
  readonly form: FormView | ReturnedForm | string | undefined;
  /** The links that the client shows; undefined if it shows none. */
  readonly link?: LinkView | typeof RETURNED_LINK | undefined;
}

/** The yes of a person, and how it is used up: by one call. */
export interface PersonApproval {
  readonly kind: "yes";
  readonly by: DecidedBy;
  readonly use: SingleUse;
}

/** An approval is used by one call. */
export interface SingleUse {
  /** Whether no call has used it. */
  isLeft(): boolean;
  /** Uses it up; false if it is not left. */
  consume(): boolean;
}

/** What an approval is for, beside the plan. */
function subjectOf({ tool, input, context: { region, caller } }: Pick<PersonRequest, "tool" | "input" | "context">) {
  return { tool, input, region, caller };
}

/** Ends the plan of the call, whether it waits for a person or is approved. False if there is none. */
export function withdrawPlan(
  request: Pick<PersonRequest, "tool" | "input" | "context">,
  approvals: Approvals | undefined,
): boolean {
  return approvals?.queue.withdraw(digest(subjectOf(request))) ?? false;
}

export async function askPerson(plan: Plan, request: PersonRequest): Promise<PersonApproval | Refusal | Question> {
  const { tool, effect, input, context, level, approvals, terminalPrompt, signal } = request;
  const shown = showPlan(plan, context);
  const question = { text: planText(shown), confirmation: plan.confirmation };
  if (terminalPrompt && level === "passkey") return refuse(NO_PASSKEY_HERE, USE_A_HOST, shown);
  if (terminalPrompt) return await askAtTerminal(withDetails({ question, ...request }), terminalPrompt, shown);
  if (!approvals)
    return refuse("A person must approve this, and nobody can be asked. Nothing was changed.", NO_WAY, shown);
  const call = subjectOf({ tool, input, context });
  const binding = digest({ ...call, shown: fingerprint(plan) });
  const returned = isReturned(request.form) ? request.form.returned : undefined;
  if (returned?.is === "void") return refuse(returned.reason, returned.next, shown);
  // The new plan does not enter the queue: nobody was asked about it.
  if (isForEarlierPlan(returned, binding))
    return refuse(DRIFTED, "Show the new plan to the person, then call again to request approval of it.", shown);
  const entry = approvals.queue.join({
    binding,
    call: digest(call),
    change: changeOf(plan, context),
    question,
    details: request.details ?? [],
    plan: shown,
    level,
    about: { tool, effect, action: plan.action, target: plan.target },
  });
  if (entry === "too long")
    return refuse(
      "The plan of this change is too long for a person to read: it has more than 2,000,000 characters. Nothing was changed.",
      "Make the change in smaller parts.",
    );
  if (entry === "full")
    return refuse(
      "A person must approve this, and too many plans wait for that already. Nothing was changed.",
      tooManyNext(await approvals.terminal()),
      shown,
    );
  // Before the wait, so that a terminal finds the plan while a form is open.
  const command = await approvals.terminal();
  let { form } = request;
  const isUnclear = returned?.is === "unclear";
  let standing: Standing = isUnclear ? { sentence: returned.why, form: "closed" } : { sentence: "", form: "none" };
  if (isReturned(form) && entry.state.is === "waiting" && !isUnclear) {
    const obstacle = obstacleTo(entry) ?? form.unavailable(binding);
    if (obstacle === undefined) {
      const { state, closed } = form.ask(binding, entry.ended);
      // The same call, if it is made meanwhile and not asked about, waits for this form.
      entry.form ??= closed;
      void closed.then(() => {
        if (entry.form === closed) entry.form = undefined;
      });
      entry.isAnnounced = true;
      const page = approvals.page?.isWanted(level, true) ? "opening" : undefined;
      if (page) void approvals.page?.open(level);
      standing = { sentence: "A form is open in the client.", form: "open", page };
      return { kind: "question", asked: questionOf(entry), state, refusal: undecided(entry, standing, command, shown) };
    }
    form = obstacle;
  }
  const link = request.link === RETURNED_LINK ? undefined : request.link;
  const page = request.link === RETURNED_LINK ? await pageToShow(entry, signal, approvals.page) : undefined;
  if (page?.address !== undefined) {
    const refusal = undecided(entry, { sentence: "", form: "none", page }, command, shown);
    return { kind: "question", asked: { address: page.address, message: LINK_MESSAGE }, state: undefined, refusal };
  }
  if (!isReturned(form)) standing = await waitForDecision(entry, { ...request, form, link }, approvals);
  const { state } = entry;
  switch (state.is) {
    case "approved":
      return { kind: "yes", by: state.by, use: useOf(entry.binding, approvals.queue) };
    case "rejected":
      return refuse(
        `Rejected by ${state.by}. Nothing was changed.`,
        "Do not make this call again unless the person asks you to. For 5 minutes, every call that would make the same change is refused without asking.",
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
      return undecided(entry, standing, command, shown);
  }
}

/**
 * Opens the approval page, for its address to be in the answer of the call: once for each plan, where the address alone gives nobody
 * a yes. The call that is made again waits for the decision.
 */
async function pageToShow(entry: QueuedPlan, signal: AbortSignal, page: PageView | undefined) {
  const isToShow = () => entry.level === "passkey" && !entry.link && entry.state.is === "waiting" && !signal.aborted;
  if (!page || !isToShow()) return undefined;
  let end = () => {};
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal.addEventListener("abort", end, { once: true });
  const opening = await Promise.race([page.open(entry.level), entry.settled, aborted]);
  signal.removeEventListener("abort", end);
  if (!opening || opening.address === undefined || !isToShow()) return undefined;
  entry.link = Promise.resolve();
  entry.isAnnounced = true;
  return opening;
}

function undecided(entry: QueuedPlan, standing: Standing, command: string | undefined, shown: ShownPlan): Refusal {
  return refuse(
    [
      replacementNote(entry),
      "A person must approve this, and has not decided yet.",
      standing.sentence,
      failureOf(standing.page),
      "Nothing was changed.",
    ]
      .filter(Boolean)
      .join(" "),
    nextStep(command, standing, entry),
    shown,
  );
}

function isReturned(form: PersonRequest["form"]): form is ReturnedForm {
  return typeof form === "object" && "returned" in form;
}

/** Of this process alone: an intent can contain secrets, and a digest without a key could be compared with guesses. */
const intentKey = randomBytes(32);

/** Equal for plans that would make the same change, whatever their tools and arguments and the state of the account. */
function changeOf(plan: Plan, { region, caller }: PlanContext): string {
  const change = canonicalJson({ intent: intentOf(plan), region, caller });
  return createHmac("sha256", intentKey).update(change).digest("base64url");
}

function useOf(binding: string, queue: ApprovalQueue): SingleUse {
  return { isLeft: () => queue.approvedFor(binding) > 0, consume: () => queue.consume(binding) };
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
  if (reading.answer === "yes") return { kind: "yes", by: "a person, at a terminal", use: singleUse() };
  const why = reading.answer === "unclear" ? reading.why : "The answer was no.";
  return refuse(`${why} Nothing was changed.`, NO_WAY, shown);
}

export function singleUse(): SingleUse {
  let isLeft = true;
  return {
    isLeft: () => isLeft,
    consume() {
      const first = isLeft;
      isLeft = false;
      return first;
    },
  };
}
