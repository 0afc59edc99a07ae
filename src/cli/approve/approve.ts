/** The command `approve`: shows the plans that wait, and reads the decisions of the person at the terminal. */
import { findServers, type RunningServer } from "../../operator/channel-client.ts";
import { noPlanUnder, type PendingPlan } from "../../operator/terminal-view.ts";
import type { Opening } from "../../operator/web/opener.ts";
import { isUserError } from "../../util/user-error.ts";
import { reportProblems } from "../stderr.ts";
import { askPerson, canPrompt, showPlan, styled } from "../terminal/plan-display.ts";
import { readLine } from "../terminal/read-line.ts";
import { jobsOf, showJobs } from "./jobs.ts";

interface Found {
  readonly server: RunningServer;
  readonly plan: PendingPlan;
}

/** How often a person is asked again after an answer that is neither yes nor no. */
const MAX_SLIPS = 3;

/** What a person types to approve several updates, each of which was shown. */
const ALL = "all";

/**
 * Shows the plan with this code, or every plan that waits, and asks for a decision on each. Returns the exit code: 0 if every plan
 * that was shown was approved, or if none waits and every folder could be searched; 1 otherwise. Reads answers only from a terminal.
 * `command` runs this program from a shell. With `openBrowser`, the approval page is opened instead.
 */
export async function approve(
  folders: readonly string[],
  code: string | undefined,
  server: number | undefined,
  command: string,
  openBrowser: ((address: string) => Promise<Opening>) | undefined,
): Promise<number> {
  const { servers, problems } = await findServers(...folders);
  reportProblems(problems);
  const sayNothingWaits = (what: string) => {
    say(what);
    return problems.length === 0 ? 0 : 1;
  };
  const found = servers.flatMap((running) => running.waiting.map((plan): Found => ({ server: running, plan })));
  if (servers.length === 0) {
    say(`No running server was found in ${folders.join(", ")}.${code === undefined ? "" : " Nothing was approved."}`);
    return code === undefined && problems.length === 0 ? 0 : 1;
  }
  if (openBrowser) {
    const { openPages } = await import("./open-pages.ts");
    const asked = await shownOnPages(servers, code, server);
    if (asked.length > 0) return await openPages(asked, openBrowser, say);
    if (code === undefined && server === undefined)
      return sayNothingWaits("No plan waits for approval, and no job runs.");
    say(code === undefined ? `No plan waits and no job runs in process ${server}.` : noPlanUnder(code.toUpperCase()));
    return 1;
  }
  if (code === undefined) await showJobs(servers, command, say);
  if (code === undefined && found.length === 0) return sayNothingWaits("No plan waits for approval.");
  if (code === undefined) return await decideAll(found, command);
  const wanted = code.toUpperCase();
  const matching = found.filter(
    ({ plan, server: { pid } }) => plan.code === wanted && (server === undefined || server === pid),
  );
  const [only, ...others] = matching;
  if (!only) {
    say(await whyGone(servers, wanted));
    return 1;
  }
  if (others.length > 0) {
    const pids = matching.map(({ server: { pid } }) => pid).join(", ");
    say(
      `Several servers (processes ${pids}) have a plan with the code ${wanted}. Select one: ${command} approve ${wanted} --server PROCESS`,
    );
    return 1;
  }
  return await decideAll([only], command);
}

/** The servers whose page has something to show: a plan under this code, or, without a code, any plan or a job that runs. */
async function shownOnPages(
  servers: readonly RunningServer[],
  code: string | undefined,
  pid: number | undefined,
): Promise<RunningServer[]> {
  const asked = servers.filter((server) => pid === undefined || pid === server.pid);
  if (code !== undefined)
    return asked.filter(({ waiting }) => waiting.some((plan) => plan.code === code.toUpperCase()));
  const jobs = await Promise.all(asked.map(jobsOf));
  return asked.filter(({ waiting }, at) => waiting.length > 0 || (jobs[at] ?? []).length > 0);
}

/** What became of the plan, as one of the servers tells it. One of them records the attempt. */
async function whyGone(servers: readonly RunningServer[], code: string): Promise<string> {
  for (const server of servers) {
    const reason = await server.whyGone(code).catch((error: unknown) => {
      if (!isUserError(error)) throw error;
      reportProblems([error]);
      return undefined;
    });
    if (reason !== undefined) return `${reason} Nothing was approved.`;
  }
  const refused = await servers[0]?.answer(code, "", "");
  return refused?.result === "gone" ? refused.outcome : `${noPlanUnder(code)} Nothing was approved.`;
}

async function decideAll(found: readonly Found[], command: string): Promise<number> {
  const isTerminal = canPrompt(process.stdout);
  if (found.length === 1 || !isTerminal) for (const one of found) show(one, found);
  if (!isTerminal) {
    say(
      `Nothing was approved: answers are read only at a terminal. Run this at one, without redirection: ${command} approve`,
    );
    return 1;
  }
  const [only] = found;
  if (found.length === 1 && only) return (await decide(only)) === "approved" ? 0 : 1;
  say(`${found.length} plans wait for approval.`);
  const updates = found.filter(({ plan }) => plan.confirmation.by === "choice" && plan.level !== "passkey");
  const together = updates.length > 1 ? await decideTogether(updates, found) : "one by one";
  if (together === "interrupted") return 1;
  let approved = together === "one by one" ? 0 : together;
  for (const one of together === "one by one" ? found : found.filter((other) => !updates.includes(other))) {
    show(one, found);
    const decision = await decide(one);
    if (decision === "interrupted") return 1;
    if (decision === "approved") approved += 1;
  }
  return approved === found.length ? 0 : 1;
}

/** Shows all updates and offers to approve them together. Gives how many were approved, if the person wanted that. */
async function decideTogether(
  updates: readonly Found[],
  found: readonly Found[],
): Promise<number | "one by one" | "interrupted"> {
  for (const one of updates) show(one, found);
  say("");
  for (const pool of commonTargets(updates))
    say(
      `Several of these updates are for ${pool}. When one of them is carried out, the account no longer is as the others show it: they may need a new approval.`,
    );
  say(`Approve all ${updates.length} updates above?`);
  for (let slips = 0; slips <= MAX_SLIPS; slips += 1) {
    const { said, interrupted } = await readLine(
      `Type ${ALL} to approve them, or press Enter to answer one by one: `,
      process.stdout,
    );
    if (interrupted) {
      say("No decision was made. Nothing was approved, and the plans still wait.");
      return "interrupted";
    }
    if (said === undefined || said.trim() === "") return "one by one";
    if (said.trim() !== ALL) continue;
    let approved = 0;
    for (const one of updates) if (await send(one, "yes")) approved += 1;
    return approved;
  }
  return "one by one";
}

/** The identity pools that several of the plans would change. */
function commonTargets(plans: readonly Found[]): string[] {
  const seen = new Map<string, number>();
  for (const { plan } of plans) {
    // The ARN of a pool ends with its id.
    const pool = plan.target?.split("/").at(-1);
    if (pool !== undefined) seen.set(pool, (seen.get(pool) ?? 0) + 1);
  }
  return [...seen].flatMap(([pool, count]) => (count > 1 ? pool : []));
}

function show({ plan, server }: Found, all: readonly Found[]): void {
  const place = all.length > 1 ? `${all.findIndex((one) => one.plan === plan) + 1} of ${all.length}, ` : "";
  say("");
  say(styled("bold", `${place}code ${plan.code}, process ${server.pid}`, process.stdout));
  showPlan(plan.text, process.stdout);
}

const NO_OR_NOTHING =
  "It takes a passkey: approve it on the approval page (approve --page). Type no to reject it, or press Enter to leave it: ";

const STILL_WAITING = "No decision was made. Nothing was approved, and the plan still waits.";

/** Asks until the answer is clear, or until the person leaves the prompt. */
async function decide({ server, plan }: Found): Promise<"approved" | "not approved" | "interrupted"> {
  let interrupted = false;
  for (let slips = 0; slips <= MAX_SLIPS; slips += 1) {
    const typed =
      plan.level === "passkey"
        ? await readLine(NO_OR_NOTHING, process.stdout)
        : await askPerson(plan.confirmation, process.stdout);
    interrupted = typed.interrupted;
    if (typed.said === undefined || typed.said.trim() === "") break;
    const { result, outcome } = await server.answer(plan.code, plan.binding, typed.said);
    say(styled(result === "approved" ? "green" : "red", outcome, process.stdout));
    if (result !== "unclear") return result === "approved" ? "approved" : "not approved";
  }
  say(STILL_WAITING);
  return interrupted ? "interrupted" : "not approved";
}

async function send({ server, plan }: Found, said: string): Promise<boolean> {
  const { result, outcome } = await server.answer(plan.code, plan.binding, said);
  say(`${plan.code}: ${styled(result === "approved" ? "green" : "red", outcome, process.stdout)}`);
  return result === "approved";
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
