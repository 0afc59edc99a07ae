/** The command `call`: makes one tool call from a shell, through the same guards as a call from a host. */

import { text } from "node:stream/consumers";
import { dispatch } from "../call/dispatch.ts";
import { createSession } from "../call/session.ts";
import type { Call, Outcome, Services, Session } from "../call/types.ts";
import { USE_A_HOST } from "../guards/approval/next-step.ts";
import { planText } from "../guards/approval/plan-text.ts";
import type { TerminalPrompt } from "../guards/approval/views.ts";
import { approvalLevelOf } from "../guards/policy.ts";
import { refuse } from "../guards/refusal.ts";
import { redactMessage } from "../mcp/redacting-transport.ts";
import { resultOf } from "../mcp/result.ts";
import { UserError } from "../util/user-error.ts";
import { isolateQuoted } from "../util/visible-text.ts";
import { askPerson, canPrompt, showPlan } from "./terminal/plan-display.ts";
import { createProgressBar } from "./terminal/progress-bar.ts";

interface Options {
  readonly tool: string;
  /** The arguments as JSON, or - to read them from stdin. */
  readonly json: string;
  readonly services: Services;
  /** Milliseconds that a person has to answer. */
  readonly answerWithinMs: number;
}

type ShellCall = Call & { readonly arguments: object };

/** Writes the answer to stdout. Returns the exit code: 0 if the call succeeded, 1 if not. Raises UserError. */
export async function call({ tool, json, services, answerWithinMs }: Options): Promise<number> {
  const fromStdin = json === "-";
  const given = parse(fromStdin ? await text(process.stdin) : json);
  const session = createSession();
  const stop = new AbortController();
  const bar = createProgressBar(process.stderr);
  // The call ends like one that a host cancels: with an answer and a record in the audit.
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  // After the arguments, stdin is at its end and carries no answer, also at a terminal.
  const terminalPrompt = fromStdin
    ? undefined
    : terminalPromptFor(services, answerWithinMs, stop.signal, () => bar?.end());
  const onProgress = bar?.show;
  const asked: ShellCall = { tool, arguments: given, signal: stop.signal, terminalPrompt, onProgress };
  const outcome = atShell(
    await secondStep(await dispatch(asked, services, session), asked, services, session),
    asked,
    services,
    fromStdin,
  );
  bar?.end();
  const answer = shown(outcome, services);
  const written = process.stdout.isTTY ? isolateQuoted(JSON.stringify(answer, null, 2)) : JSON.stringify(answer);
  process.stdout.write(`${written}\n`);
  return outcome.kind === "success" && !outcome.incomplete ? 0 : 1;
}

/** The error does not repeat invalid JSON: it could contain a token. */
function parse(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UserError(
      "settings",
      "The arguments are not valid JSON.",
      `Pass them as '{"MaxResults":10}', or pass - to read them from stdin.`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UserError("settings", `The arguments must be a JSON object, such as '{"MaxResults":10}'.`);
}

/** The answer as a host would get it: the same structure, and redacted in the same way. */
export function shown(outcome: Outcome, services: Services): unknown {
  const message = redactMessage({ jsonrpc: "2.0", id: 0, result: resultOf(outcome, services) }, services);
  return "result" in message ? message.result["structuredContent"] : {};
}

/** Asks the person at this terminal, on stderr, so that stdout contains only the answer. */
function terminalPromptFor(
  services: Services,
  answerWithinMs: number,
  stopped: AbortSignal,
  clear: () => void,
): TerminalPrompt | undefined {
  if (!canPrompt(process.stderr)) return undefined;
  return async (question) => {
    const { text: plan, confirmation } = services.redactor.redactDeep(question);
    clear();
    showPlan(plan, process.stderr);
    const late = AbortSignal.timeout(answerWithinMs);
    const { said } = await askPerson(confirmation, process.stderr, AbortSignal.any([late, stopped]));
    if (said !== undefined) return { typed: said };
    return { why: late.aborted ? `Nobody answered within ${answerWithinMs / 1000} seconds.` : "No answer was given." };
  };
}

/**
 * At the level `two-step`, makes both calls in this process, because the plan token of the first is valid in no other. The
 * person at the terminal sees the plan before the second call.
 */
async function secondStep(first: Outcome, asked: ShellCall, services: Services, session: Session): Promise<Outcome> {
  if (first.kind !== "refusal" || first.planToken === undefined || !first.plan || !asked.terminalPrompt) return first;
  const { text: plan } = services.redactor.redactDeep({ text: planText(first.plan) });
  showPlan(plan, process.stderr);
  const { said } = await askPerson({ by: "choice" }, process.stderr, asked.signal);
  if (said?.trim() !== "yes") return refuse("The answer was not yes. Nothing was changed.", RETRY_HINT, first.plan);
  return await dispatch({ ...asked, arguments: { ...asked.arguments, planToken: first.planToken } }, services, session);
}

const RETRY_HINT = "If you want this change, make the call again and approve it.";

/** Replaces the hints for a model by hints for a person at a shell. */
function atShell(
  outcome: Outcome,
  { tool: name, terminalPrompt }: ShellCall,
  { tools, policy }: Services,
  fromStdin: boolean,
): Outcome {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) return outcome;
  if (outcome.kind === "success" && tool.effect === "vend") {
    const secret = "Credentials" in outcome.content ? "The credentials" : "The token";
    const it = "Credentials" in outcome.content ? "them" : "it";
    const note = `${secret} cannot be retrieved, because \`call\` keeps no secrets. To use ${it}, let an agent make the call in a host.`;
    return { ...outcome, content: { ...outcome.content, notes: [note] } };
  }
  if (outcome.kind !== "refusal" || outcome.plan === undefined) return outcome;
  // A person who reads both the plan and the answer on this terminal does not need the plan twice.
  const retry = outcome.next === USE_A_HOST ? USE_A_HOST : RETRY_HINT;
  if (terminalPrompt) return refuse(outcome.reason, retry, process.stdout.isTTY ? undefined : outcome.plan);
  const isTwoStep = approvalLevelOf(tool, policy) === "two-step";
  const need = isTwoStep
    ? "At level two-step, this command makes both calls and asks for your yes in between, but"
    : "A person must approve this call at a terminal, but";
  const why = fromStdin
    ? "its arguments came from stdin (-), so stdin cannot carry the answer too."
    : "stdin or stderr of this command is redirected.";
  return refuse(`${need} ${why} Nothing was changed.`, `${AT_TERMINAL}${isTwoStep ? IN_SCRIPT : ""}`, outcome.plan);
}

/** For a call that needs an approval, where this command cannot ask. */
const AT_TERMINAL =
  "Pass the arguments on the command line, and run the command at a terminal without redirecting stdin or stderr.";
const IN_SCRIPT = " In a script, use an MCP client, or set the level off.";
