/** The command `approve`: lists pending plans, or shows one plan and reads the person's answer at a terminal. */
import { noPlanUnder, type PendingPlan } from "../operator/approval-queue.ts";
import { findServers, type RunningServer } from "../operator/channel-client.ts";
import { reportProblems } from "./stderr.ts";
import { askPerson, canPrompt, showPlan, styled } from "./terminal/plan-display.ts";

interface Found {
  readonly server: RunningServer;
  readonly plan: PendingPlan;
}

/**
 * Lists the pending plans, or shows the plan with this code and asks for an answer. Returns the exit code: 0 if a plan was
 * approved or the plans were listed, 1 otherwise. Reads the answer only from a terminal. `command` runs this program from a shell.
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
  if (code === undefined) return list(found, command);
  const matching = found.filter(
    ({ plan, server: { pid } }) => plan.code === code.toUpperCase() && (server === undefined || server === pid),
  );
  const [only, ...others] = matching;
  if (!only) {
    say(noPlanUnder(code.toUpperCase()));
    return 1;
  }
  if (others.length > 0) {
    const pids = matching.map(({ server: { pid } }) => pid).join(", ");
    say(
      `Several servers (processes ${pids}) have a plan with the code ${only.plan.code}. Select one: ${command} approve ${only.plan.code} --server PROCESS`,
    );
    return 1;
  }
  return await ask(only, command);
}

function list(found: readonly Found[], command: string): number {
  if (found.length === 0) say("No plan waits for approval.");
  for (const { plan, server } of found)
    say(`${styled("bold", plan.code, process.stdout)}  ${plan.text.split("\n", 1)[0]}  (process ${server.pid})`);
  if (found.length > 0) say(`To see a plan in full and to answer it, run: ${command} approve CODE`);
  return 0;
}

async function ask({ plan, server }: Found, command: string): Promise<number> {
  showPlan(plan.text, process.stdout);
  if (!canPrompt(process.stdout)) {
    say(
      `Plans can be approved only at a terminal. Nothing was approved. Run this at a terminal, without redirection: ${command} approve ${plan.code}`,
    );
    return 1;
  }
  const said = await askPerson(plan.confirmation, process.stdout);
  if (said === undefined) {
    say("No answer was given. Nothing was approved. The plan still waits for approval.");
    return 1;
  }
  const { approved, outcome } = await server.answer(plan.code, plan.binding, said);
  say(styled(approved ? "green" : "red", outcome, process.stdout));
  return approved ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
