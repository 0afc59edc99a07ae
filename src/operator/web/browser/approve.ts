/** The approval page: shows the plans that wait, and sends what the person decides. */
import type {
  ChallengeRequest,
  DecideAnswer,
  DecideRequest,
  EndedPlan,
  PageChallenge,
  PageJob,
  PagePlan,
  PageState,
  UnlockAnswer,
  UnlockRequest,
} from "../page-protocol.ts";
import { announce, button, byId, element, prose } from "./dom.ts";
import { keyWarnings } from "./keys.ts";
import { getAssertion } from "./passkey.ts";
import { createPlanCard, type PlanCard } from "./plan-card.ts";
import { linesOf, PageError, post, request, setToken, takeToken } from "./requests.ts";
import { createTogether } from "./together.ts";
import { vendedItem } from "./vended.ts";
import { isFreeOfWorkers } from "./workers.ts";

/** For so long after the plans have moved, a click is not taken for a decision: it may have been meant for another plan. */
const SETTLE_MS = 500;

/** Waiting times before the page connects again, in milliseconds. Then the person does. */
const RETRIES_MS = [1000, 3000, 9000];

const cards = new Map<string, PlanCard>();
/** Plans whose end this page has said already. */
const said = new Set<string>();
let moved = 0;
let deciding = false;
let made = 0;

const together = (["human", "passkey"] as const).map((level) => ({
  level,
  form: createTogether(level, (plans) => void decide(plans, "yes", (reason) => formOf(level).showReason(reason))),
}));
const formOf = (level: PagePlan["level"]) => {
  const found = together.find((one) => one.level === level);
  if (!found) throw new Error("no such level");
  return found.form;
};

async function start(): Promise<void> {
  if (!(await isFreeOfWorkers())) return;
  addEventListener("hashchange", () => location.reload());
  document.addEventListener("visibilitychange", () => {
    moved = performance.now();
  });
  setInterval(tick, 1000);
  byId("together").append(...together.map(({ form }) => form.root));
  for (const { form } of together) form.update([]);
  if (takeToken()) await follow();
  else showLock("Nothing is shown until you unlock this page.");
}

/** Shows the plans until the stream has ended and does not come back. */
async function follow(): Promise<void> {
  let isFirst = true;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const line of linesOf(await request("/plans", {}))) {
        show(JSON.parse(line) as PageState, isFirst);
        isFirst = false;
        tries = 0;
      }
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      if (error.status === 401) {
        setToken("");
        return showLock(error.message);
      }
    }
    const wait = RETRIES_MS[tries];
    showEnd();
    if (wait === undefined || document.hidden) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** What is in the first state was there before the page, and is not announced. */
function show(state: PageState, isFirst: boolean): void {
  const { plans, ended, vended, jobs } = state;
  const now = Date.now();
  const focused = [...cards.values()].find(({ root }) => root.contains(document.activeElement));
  for (const [binding, card] of cards)
    if (!plans.some((plan) => plan.binding === binding)) {
      card.root.remove();
      cards.delete(binding);
      moved = performance.now();
    }
  byId("notice").replaceChildren();
  for (const plan of plans) {
    // Its time begins anew with each call for it.
    cards.get(plan.binding)?.setExpires(plan.expires);
    if (cards.has(plan.binding)) continue;
    made += 1;
    // A plan that was taken away meanwhile has no place for a reason any more.
    const showReason = (reason: string) => (card.root.isConnected ? card.showReason : announce)(reason);
    const card = createPlanCard(plan, `plan-${made}`, (answer) => void decide([plan], answer, showReason));
    cards.set(plan.binding, card);
    byId("plans").append(card.root);
    moved = performance.now();
    if (!isFirst) announce("Another plan waits.");
  }
  for (const card of cards.values()) card.showKeys(state.keys, now);
  for (const { level, form } of together)
    form.update(plans.filter((plan) => plan.level === level && plan.confirmation.by === "choice"));
  byId("warnings").replaceChildren(...keyWarnings(state, now));
  showJobs(jobs);
  list("vended", vended.map(vendedItem));
  list("ended", ended.map(endedItem));
  for (const { binding, title, outcome } of [...ended].reverse()) {
    if (!isFirst && !said.has(binding)) announce(`${title}: ${outcome}`);
    said.add(binding);
  }
  summarize(waitText(plans.length), plans.length);
  if (focused && !focused.root.isConnected) focusNext();
  tick();
}

function endedItem({ title, outcome }: EndedPlan): HTMLElement {
  return element("li", {}, element("strong", {}, ...prose(title)), " ", element("span", {}, ...prose(outcome)));
}

/** The rows of the jobs that run. A row stays the same while its text changes, so that it keeps the focus. */
const jobRows = new Map<string, { readonly root: HTMLElement; readonly text: HTMLElement }>();

function showJobs(jobs: readonly PageJob[]): void {
  const isSame = jobs.length === jobRows.size && jobs.every(({ id }) => jobRows.has(id));
  for (const id of [...jobRows.keys()]) if (!jobs.some((job) => job.id === id)) jobRows.delete(id);
  for (const { id, title } of jobs) {
    const row = jobRows.get(id) ?? newJobRow(id);
    row.text.replaceChildren(...prose(title).filter((child) => child !== undefined));
    jobRows.set(id, row);
  }
  if (!isSame)
    list(
      "jobs",
      [...jobRows.values()].map(({ root }) => root),
    );
}

function newJobRow(id: string) {
  const text = element("span", { id: `job-${id}` });
  const stop = async () => {
    try {
      const { stopped } = await post<{ readonly stopped: boolean }>("/stop", { job: id });
      announce(stopped ? "Stopped after the request in flight. The rest is not touched." : "The job has ended.");
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      announce(error.message);
    }
  };
  return {
    text,
    root: element(
      "li",
      {},
      text,
      " ",
      button("Stop", { "aria-describedby": text.id }, () => void stop()),
    ),
  };
}

/** Puts the items into the section's list. A section without items is hidden. */
function list(id: string, items: readonly HTMLElement[]): void {
  const section = byId(id);
  section.hidden = items.length === 0;
  section.querySelector("ul")?.replaceChildren(...items);
}

function waitText(count: number): string {
  if (count === 0) return "No plan waits for a decision.";
  return count === 1
    ? "An agent asks to make a change. Read the plan, then decide."
    : `An agent asks to make ${count} changes. Read each plan, then decide.`;
}

function summarize(text: string, count: number): void {
  byId("summary").textContent = text;
  document.title = `${count > 0 ? `(${count}) ` : ""}Approve changes · cognito-identity-mcp`;
}

function focusNext(): void {
  const [next] = cards.values();
  if (next) next.focus();
  else byId("title").focus();
}

function tick(): void {
  for (const card of cards.values()) card.tick(Date.now());
}

/** Sends the answer for these plans, with a passkey where they take one. `onUnclear` is told why they still wait. */
async function decide(plans: readonly PagePlan[], answer: string, onUnclear: (reason: string) => void): Promise<void> {
  if (deciding) return announce("Finish the other decision first.");
  if (performance.now() - moved < SETTLE_MS)
    return announce("The page has just changed. Look at the plan, then decide.");
  deciding = true;
  document.body.classList.add("deciding");
  announce("");
  onUnclear("");
  try {
    const answers = plans.map(({ binding }) => ({ binding, said: answer }));
    const takesKey = answer !== "no" && plans.some(({ level }) => level === "passkey");
    const bound: ChallengeRequest = { bindings: plans.map(({ binding }) => binding) };
    const body: DecideRequest = { answers, ...(takesKey && (await proofFor("/challenge", bound))) };
    const { results } = await post<DecideAnswer>("/decide", body);
    for (const { binding, result } of results) if (result !== "unclear") said.add(binding);
    const unclear = results.filter(({ result }) => result === "unclear").map(({ outcome }) => outcome);
    if (unclear.length > 0) onUnclear([...new Set(unclear)].join(" "));
    const clear = results.filter(({ result }) => result !== "unclear").map(({ outcome }) => outcome);
    if (clear.length > 0) announce([...new Set(clear)].join(" "));
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    onUnclear(error.message);
  } finally {
    deciding = false;
    document.body.classList.remove("deciding");
  }
}

/** A ticket, and the assertion of a passkey for it. */
async function proofFor(path: string, body: object): Promise<UnlockRequest> {
  const challenge = await post<PageChallenge>(path, body);
  if (challenge.keys.length === 0)
    throw new PageError(
      path === "/challenge"
        ? "No passkey is enrolled. Run `cognito-identity-mcp enroll` in a terminal, then restart the server."
        : "No passkey is enrolled, so this page cannot be unlocked. Use the page that the server opens itself, or run `cognito-identity-mcp approve` in a terminal.",
    );
  return { ticket: challenge.ticket, assertion: await getAssertion(challenge) };
}

/** Without a token: nothing but a button. */
function showLock(reason: string): void {
  clear();
  summarize(reason, 0);
  const why = element("p", { class: "reason", role: "alert" });
  const unlock = async () => {
    why.replaceChildren();
    try {
      const body: UnlockRequest = await proofFor("/unlock-challenge", {});
      const answer = await post<UnlockAnswer>("/unlock", body);
      if ("refused" in answer) throw new PageError(answer.refused);
      setToken(answer.token);
      clear();
      byId("title").focus();
      await follow();
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      why.textContent = error.message;
    }
  };
  byId("notice").replaceChildren(
    element(
      "div",
      { class: "plan" },
      why,
      element(
        "div",
        { class: "buttons" },
        button("Unlock with your passkey", { class: "approve" }, () => void unlock()),
      ),
    ),
  );
}

/** The server ended the stream, or is gone: nothing can be decided here. */
function showEnd(): void {
  clear();
  summarize("This page has ended: nothing waits, or the server ended. You can close this tab.", 0);
  byId("notice").replaceChildren(button("Connect again", {}, () => location.reload()));
}

/** What was decided, and what is kept, stays. */
function clear(): void {
  cards.clear();
  for (const id of ["plans", "warnings", "notice"]) byId(id).replaceChildren();
  for (const { form } of together) form.update([]);
}

void start();
