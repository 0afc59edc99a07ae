/** The command `approve`: a person at a terminal sees what waits, and answers it. */
import type { PendingPlan } from "../operator/approval-queue.ts";
import { findServers, type RunningServer } from "../operator/socket-client.ts";
import { askPerson, canPrompt, showPlan, styled } from "./terminal/plan-display.ts";

interface Found {
  readonly server: RunningServer;
  readonly plan: PendingPlan;
}

/**
 * Lists what waits, or shows the plan under `code` and asks. Gives the process's exit code: 0 when a plan was approved or all
 * were listed, 1 otherwise. The answer is read from a terminal and from nothing else.
 */
export async function approve(folder: string, code: string | undefined, server: number | undefined): Promise<number> {
  const servers = await findServers(folder);
  const found = servers.flatMap((running) => running.waiting.map((plan): Found => ({ server: running, plan })));
  if (code === undefined) return list(found);
  const matching = found.filter(
    ({ plan, server: { pid } }) => plan.code === code.toUpperCase() && (server === undefined || server === pid),
  );
  const [only, ...others] = matching;
  if (!only) {
    say(`No plan waits under ${code.toUpperCase()}. It may have run out after 5 minutes; the call can be made again.`);
    return 1;
  }
  if (others.length > 0) {
    const pids = matching.map(({ server: { pid } }) => pid).join(", ");
    say(`Several servers (processes ${pids}) have a plan under ${only.plan.code}. Name one with --server PROCESS.`);
    return 1;
  }
  return await ask(only);
}

function list(found: readonly Found[]): number {
  if (found.length === 0) say("Nothing waits for an approval.");
  for (const { plan, server } of found)
    say(`${styled("bold", plan.code, process.stdout)}  ${plan.text.split("\n", 1)[0]}  (process ${server.pid})`);
  return 0;
}

async function ask({ plan, server }: Found): Promise<number> {
  showPlan(plan.text, process.stdout);
  if (!canPrompt(process.stdout)) {
    say("An answer is read from a terminal only. Nothing was approved.");
    return 1;
  }
  const said = await askPerson(plan.confirmation, process.stdout);
  if (said === undefined) {
    say("No answer was given. Nothing was approved, and the plan waits on.");
    return 1;
  }
  const { approved, outcome } = await server.answer(plan.code, plan.binding, said);
  say(styled(approved ? "green" : "red", outcome, process.stdout));
  return approved ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
