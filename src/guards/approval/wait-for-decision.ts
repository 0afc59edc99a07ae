/** Shows a plan in the views that are wanted, and waits for the decision on it as long as the call may take. */
import { fitsForm, MAX_FORM_LINES } from "./form-limit.ts";
import { type FormEnd, readElicitation } from "./question.ts";
import { type ApprovalQueue, type DecisionLevel, type QueuedPlan, questionOf } from "./queue.ts";
import type { Approvals, FormView, LinkView, PageOpening } from "./views.ts";

/** The views for one plan, and how long the call waits. */
export interface WaitRequest {
  readonly level: DecisionLevel;
  /** The forms of the client, or why it is not asked in one; undefined if it has none. */
  readonly form: FormView | string | undefined;
  /** The links that the client shows; undefined if it shows none. */
  readonly link?: LinkView | undefined;
  /** When the call is answered, decided or not, in milliseconds since the epoch. */
  readonly answerBy: number;
  readonly signal: AbortSignal;
  /** Tells the client that the call waits; the function that it gives stops that. */
  readonly onWait?: (() => () => void) | undefined;
}

/** What the client says with the address of the approval page. */
export const LINK_MESSAGE = "A plan waits for your approval with a passkey. The approval page shows it.";

/** Calls that wait for the decision on one plan. Each of them would read the account again after it. */
const MAX_WAITING_CALLS = 8;

/** How matters stand when a call is answered without a decision. */
export interface Standing {
  readonly sentence: string;
  /** The form with the plan: it is open, it was closed without a decision, or the client shows none. */
  readonly form: "open" | "closed" | "none";
  /** What became of the approval page, if it was to be opened. */
  readonly page?: PageOpening | "opening" | undefined;
}

/** Waits until the plan is decided, its form is closed with nobody left to see it, or the call must be answered. */
export async function waitForDecision(
  entry: QueuedPlan,
  request: WaitRequest,
  { queue, page }: Approvals,
): Promise<Standing> {
  const { answerBy, signal, onWait, level } = request;
  if (entry.waitingCalls >= MAX_WAITING_CALLS)
    return { sentence: "Other calls wait for the same decision.", form: entry.form ? "open" : "none" };
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
  let opened: PageOpening | "opening" | undefined;
  let opening: Promise<void> | undefined;
  const openPage = (inForm: boolean) => {
    if (opening || !page?.isWanted(level, inForm)) return;
    opened = "opening";
    opening = page.open(level).then((is) => {
      opened = is;
      if (is.address !== undefined) showLink(entry, is.address, request.link);
    });
  };
  /** Waits for the page, or for the person to be told: where nobody can have seen the plan, the call is answered at once. */
  const waitWithoutForm = async (standing: Standing): Promise<Standing> => {
    openPage(false);
    await Promise.race([opening, entry.settled, over]);
    const isSeen = typeof opened === "object" && opened.failure === undefined;
    if (entry.isAnnounced || isSeen) await Promise.race([entry.settled, over]);
    return { ...standing, page: opened };
  };
  try {
    while (entry.state.is === "waiting" && !isOver) {
      const isOwn = entry.form === undefined;
      const form = entry.form ?? openForm(entry, request.form, queue);
      if (typeof form === "string") return await waitWithoutForm({ sentence: form, form: "none" });
      openPage(true);
      entry.form = form;
      const closed = await Promise.race([form, entry.settled, over]);
      if (closed?.answer === "unclear") {
        const standing: Standing = { sentence: closed.why, form: "closed" };
        return opening ? await waitWithoutForm(standing) : standing;
      }
      // If another call had opened the form and was cancelled, this one opens its own.
      if (closed?.answer === "call ended" && isOwn)
        return { sentence: "The form was withdrawn.", form: "closed", page: opened };
    }
    // Nobody answered the form for all of that time.
    if (entry.state.is === "waiting") openPage(false);
    return entry.form
      ? { sentence: "A form is open in the client.", form: "open", page: opened }
      : { sentence: "", form: "none", page: opened };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    stop?.();
    queue.leave(entry);
    entry.isAnnounced = true;
  }
}

/** Shows the plan in a form; gives the sentence that says why if it cannot. */
function openForm(
  entry: QueuedPlan,
  form: FormView | string | undefined,
  queue: ApprovalQueue,
): Promise<FormEnd> | string {
  if (entry.level === "passkey") return NO_FORM_FOR_PASSKEY;
  if (form === undefined) return "This client cannot show a form.";
  if (typeof form === "string") return form;
  return obstacleTo(entry) ?? form.unavailable() ?? askInForm(entry, form, queue);
}

const NO_FORM_FOR_PASSKEY = "It takes a passkey, on the approval page.";

/** Why the plan cannot be approved in a form; undefined if it can. */
export function obstacleTo(entry: QueuedPlan): string | undefined {
  if (entry.level === "passkey") return NO_FORM_FOR_PASSKEY;
  return fitsForm(questionOf(entry).text)
    ? undefined
    : `The plan is too long for a form, which shows at most ${MAX_FORM_LINES} lines.`;
}

async function askInForm(entry: QueuedPlan, form: FormView, queue: ApprovalQueue): Promise<FormEnd> {
  const end = readElicitation(await form.open(questionOf(entry), entry.ended), entry.question.confirmation);
  entry.form = undefined;
  if (end.answer === "yes" || end.answer === "no")
    queue.decide(entry.binding, end.answer === "yes", "a person, in the client");
  return end;
}

/** Shows the address of the page in the client, once for each plan, where the address alone gives nobody a yes. */
function showLink(entry: QueuedPlan, address: string, link: LinkView | undefined): void {
  if (!link || entry.level !== "passkey" || entry.link || entry.state.is !== "waiting") return;
  entry.link = link.open(address, LINK_MESSAGE, entry.ended);
}

/** Why nobody has the page before them; empty if somebody has, or will have in a moment. */
export function failureOf(page: Standing["page"]): string {
  return typeof page === "object" ? (page.failure ?? "") : "";
}
