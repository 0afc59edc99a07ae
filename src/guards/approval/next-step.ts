/** What the agent is told to do next, by the ways in which a person can decide. */
import { fitsForm } from "./form-limit.ts";
import type { DecisionLevel, QueuedPlan } from "./queue.ts";
import type { Standing } from "./wait-for-decision.ts";

export const NO_PASSKEY_HERE =
  "A person must approve this with a passkey, which the command `call` cannot ask for. Nothing was changed.";

export const USE_A_HOST = "Make the call through a server that a host has started: it opens the approval page.";

const SMALLER_CHANGE =
  "Show the plan to the person. Make a smaller change: fewer members, entries or ids in one call. A person can also make this one with the command `call` at a terminal.";

export const NO_WAY =
  "Show the plan to the person. They can make the call with the command `call` at a terminal, or use a client that supports MCP form elicitation.";

const NO_PASSKEY_WAY =
  "Tell the person what is missing. Make the same call again, with the same arguments, after they have fixed it.";

const AFTER_APPROVAL =
  "Make the same call again, with the same arguments, after they have approved: an approval alone sends nothing. Do not repeat the call before that.";

/** What the agent does, by the ways in which a person can decide now. */
export function nextStep(
  command: string | undefined,
  { form, page }: Standing,
  { level, question }: QueuedPlan,
): string {
  const places = [
    ...(form === "open" ? ["in the form in the client"] : []),
    ...placesOnPage(page, level),
    ...(command !== undefined && level === "human" ? [`at a terminal of this machine with: ${command}`] : []),
  ];
  const decide = places.length === 0 ? "" : ` They can decide ${places.join(", or ")}.`;
  if (form === "closed") {
    const again =
      "Show the plan to the person. Make the same call again, with the same arguments, when the person is ready: it shows the form again.";
    return decide === ""
      ? again
      : `${again}${decide} Make the same call again after they have approved: an approval alone sends nothing.`;
  }
  if (decide === "" && level === "passkey") return NO_PASSKEY_WAY;
  if (decide === "") return fitsForm(question.text) ? NO_WAY : SMALLER_CHANGE;
  return `Show the plan to the person.${decide} ${AFTER_APPROVAL}`;
}

function placesOnPage(page: Standing["page"], level: DecisionLevel): string[] {
  if (page === undefined) return [];
  if (page === "opening") return ["on the approval page, which is opening in their browser"];
  if (page.failure === undefined) return ["on the approval page, which is open in their browser"];
  return [
    ...(page.command === undefined ? [] : [`on the approval page, which they open with: ${page.command}`]),
    ...(page.address === undefined || level === "human"
      ? []
      : [`on the approval page, ${page.address}, which they must open in a browser of this machine`]),
  ];
}

export function tooManyNext(command: string | undefined): string {
  return command === undefined
    ? "Ask the person to answer the forms that are open in the client, and call again later."
    : `Ask the person to decide on those at a terminal of this machine with: ${command}. Then call again.`;
}
