/** The command `approve`: shows the plans that wait, and reads the decisions of the person at the terminal. */
import { findServers, type RunningServer } from "../operator/channel-client.ts";
import { noPlanUnder, type PendingPlan } from "../operator/terminal-view.ts";
import { reportProblems } from "./stderr.ts";
import { askPerson, canPrompt, readLine, showPlan, styled } from "./terminal/plan-display.ts";

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
 * that was shown was approved or none waits, 1 otherwise. Reads answers only from a terminal. `command` runs this program from a
 * shell. Raises UserError.
 */
export async function approve(
  folder: string,
  code: string | undefined,
  server: number | undefined,
  command: string,
): Promise<number> {
  const { servers, problems } = await findServers(folder);
  reportProblems(problems);
  const found = servers.flatMap((running) => running.waiting.map((plan): Found => ({ server: running, plan })));
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

/** What became of the plan, as one of the servers tells it. One of them records the attempt. */
async function whyGone(servers: readonly RunningServer[], code: string): Promise<string> {
  for (const server of servers) {
    const reason = await server.whyGone(code);
    if (reason !== undefined) return `${reason} Nothing was approved.`;
  }
  const refused = await servers[0]?.answer(code, "", "");
  return refused?.outcome ?? `${noPlanUnder(code)} Nothing was approved.`;
}

async function decideAll(found: readonly Found[], command: string): Promise<number> {
  if (found.length === 0) {
    say("No plan waits for approval.");
    return 0;
  }
  const isTerminal = canPrompt(process.stdout);
  if (found.length === 1 || !isTerminal) for (const one of found) show(one, found);
  if (!isTerminal) {
    say(
      `Nothing was approved: answers are read only at a terminal. Run this at one, without redirection: ${command} approve`,
    );
    return 1;
  }
  const [only] = found;
  if (found.length === 1 && only) return (await decide(only)) ? 0 : 1;
  say(`${found.length} plans wait for approval.`);
  const updates = found.filter(({ plan }) => plan.confirmation.by === "choice");
  const together = updates.length > 1 ? await decideTogether(updates, found) : [];
  let approved = together.length;
  for (const one of found.filter((other) => !together.includes(other))) {
    show(one, found);
    if (await decide(one)) approved += 1;
  }
  return approved === found.length ? 0 : 1;
}

/** Shows all updates and offers to approve them together. Gives those that were approved. */
async function decideTogether(updates: readonly Found[], found: readonly Found[]): Promise<Found[]> {
  for (const one of updates) show(one, found);
  say("");
  const said = await readLine(
    `Approve all ${updates.length} updates above? Type ${ALL} to approve them, or press Enter to answer one by one: `,
    process.stdout,
  );
  if (said?.trim() !== ALL) return [];
  const approved: Found[] = [];
  for (const one of updates) if (await send(one, "yes")) approved.push(one);
  return approved;
}

function show({ plan, server }: Found, all: readonly Found[]): void {
  const place = all.length > 1 ? `${all.findIndex((one) => one.plan === plan) + 1} of ${all.length}, ` : "";
  say("");
  say(styled("bold", `${place}code ${plan.code}, process ${server.pid}`, process.stdout));
  showPlan(plan.text, process.stdout);
}

/** Asks until the answer is clear. Gives whether the plan was approved. */
async function decide(found: Found): Promise<boolean> {
  for (let slips = 0; slips <= MAX_SLIPS; slips += 1) {
    const said = await askPerson(found.plan.confirmation, process.stdout);
    if (said === undefined || said.trim() === "") break;
    const { result, outcome } = await found.server.answer(found.plan.code, found.plan.binding, said);
    say(styled(result === "approved" ? "green" : "red", outcome, process.stdout));
    if (result !== "unclear") return result === "approved";
  }
  say("No decision was made. Nothing was approved, and the plan still waits.");
  return false;
}

async function send({ server, plan }: Found, said: string): Promise<boolean> {
  const { result, outcome } = await server.answer(plan.code, plan.binding, said);
  say(`${plan.code}: ${styled(result === "approved" ? "green" : "red", outcome, process.stdout)}`);
  return result === "approved";
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
