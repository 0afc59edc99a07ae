/** The command `call`: one call from a shell, on the path of a host's. */

import { text } from "node:stream/consumers";
import { dispatch } from "../call/dispatch.ts";
import { createSession } from "../call/session.ts";
import type { Call, Outcome, Services, Session } from "../call/types.ts";
import type { Prompter } from "../guards/approval/confirm.ts";
import { planText } from "../guards/approval/plan-text.ts";
import { levelOf } from "../guards/policy.ts";
import { refuse } from "../guards/refusal.ts";
import { redactMessage } from "../mcp/redacting-transport.ts";
import { resultOf } from "../mcp/result.ts";
import { UserError } from "../util/user-error.ts";
import { isolateQuoted } from "../util/visible-text.ts";
import { askPerson, canPrompt, showPlan } from "./terminal/plan-display.ts";

interface Options {
  readonly tool: string;
  /** The arguments, or - where they come on stdin. */
  readonly json: string;
  readonly services: Services;
  /** Milliseconds that a person has to answer. */
  readonly answerWithinMs: number;
}

type ShellCall = Call & { readonly arguments: object };

/** Writes the answer to stdout. Gives the process's exit code: 0 when it was done, 1 when not. Raises UserError. */
export async function call({ tool, json, services, answerWithinMs }: Options): Promise<number> {
  const given = parse(json === "-" ? await text(process.stdin) : json);
  const session = createSession();
  const stop = new AbortController();
  // The call ends as one that a host took back does: with an answer, and its record in the audit.
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const prompter = terminalPrompter(services, answerWithinMs, stop.signal);
  const asked: ShellCall = { tool, arguments: given, signal: stop.signal, prompter };
  const outcome = atShell(
    await secondStep(await dispatch(asked, services, session), asked, services, session),
    asked,
    services,
  );
  const answer = shown(outcome, services);
  const written = process.stdout.isTTY ? isolateQuoted(JSON.stringify(answer, null, 2)) : JSON.stringify(answer);
  process.stdout.write(`${written}\n`);
  return outcome.kind === "success" ? 0 : 1;
}

/** What is no JSON is not repeated: it could hold a token. */
function parse(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UserError(
      "settings",
      `The arguments are not valid JSON. Write them as '{"MaxResults":10}', or - to read them from stdin.`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UserError("settings", "The arguments must be a JSON object.");
}

/** The answer as a host would get it: the same shape, gone over by the same redactor. */
function shown(outcome: Outcome, services: Services): unknown {
  const message = redactMessage({ jsonrpc: "2.0", id: 0, result: { ...resultOf(outcome) } }, services);
  return "result" in message ? message.result["structuredContent"] : {};
}

/** The person at this terminal; on stderr, so that stdout is the answer alone. */
function terminalPrompter(services: Services, answerWithinMs: number, stopped: AbortSignal): Prompter | undefined {
  if (!canPrompt(process.stderr)) return undefined;
  return {
    at: "terminal",
    async prompt(question) {
      const { text: plan, confirmation } = services.redactor.redactDeep(question);
      showPlan(plan, process.stderr);
      const late = AbortSignal.timeout(answerWithinMs);
      const said = await askPerson(confirmation, process.stderr, AbortSignal.any([late, stopped]));
      if (said !== undefined) return { action: "accept", content: { answer: said } };
      return late.aborted
        ? { action: "none", why: `nobody answered within ${answerWithinMs / 1000} seconds` }
        : { action: "cancel" };
    },
  };
}

/**
 * Where the operator wants two steps, they are taken in one process, since the token of the first is good in no other: the
 * person here sees the plan before the second.
 */
async function secondStep(first: Outcome, asked: ShellCall, services: Services, session: Session): Promise<Outcome> {
  if (first.kind !== "refusal" || first.planToken === undefined || !first.plan || !asked.prompter) return first;
  const { text: plan } = services.redactor.redactDeep({ text: planText(first.plan) });
  showPlan(plan, process.stderr);
  const said = await askPerson({ by: "choice" }, process.stderr, asked.signal);
  if (said?.trim() !== "yes") return refuse("The answer was not yes. Nothing was changed.", RETRY_HINT, first.plan);
  return await dispatch({ ...asked, arguments: { ...asked.arguments, planToken: first.planToken } }, services, session);
}

const RETRY_HINT = "Make the call again to be asked again.";

/** What to do next is another thing at a shell than for a model. */
function atShell(outcome: Outcome, { tool: name, prompter }: ShellCall, { tools, policy }: Services): Outcome {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) return outcome;
  if (outcome.kind === "success" && tool.effect === "vend")
    return { ...outcome, content: { ...outcome.content, notes: [NOT_KEPT] } };
  if (outcome.kind !== "refusal" || outcome.plan === undefined) return outcome;
  // Who just read the plan, and reads the answer too, need not read it again.
  if (prompter) return refuse(outcome.reason, RETRY_HINT, process.stdout.isTTY ? undefined : outcome.plan);
  const reason = levelOf(tool, policy) === "human" ? NO_TERMINAL : outcome.reason;
  return refuse(reason, "Make the call at a terminal: there you see the plan, and are asked.", outcome.plan);
}

const NOT_KEPT =
  "This cannot be retrieved: a call from a shell keeps nothing after its answer. Vend it through a server that a host runs.";

const NO_TERMINAL = "A person must approve this, and they are asked at a terminal only. Nothing was changed.";
