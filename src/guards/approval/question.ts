/** The question whether a plan is to be carried out, and what an answer to it means. */
import type { Confirmation } from "../../plans/plan.ts";
import { withoutDirectionMarks } from "../../util/visible-text.ts";

/** A question for a person. `text` is shown unchanged; `confirmation` says which answer approves. */
export interface ApprovalQuestion {
  readonly text: string;
  readonly confirmation: Confirmation;
}

/** The field of the form that carries the answer. */
export const ANSWER_FIELD = "answer";

/** What a client returns for a form. Only `accept` carries an answer of a person. `call ended`: the call that asked was cancelled. */
export type ElicitationAnswer =
  | { readonly action: "accept"; readonly content: unknown }
  | { readonly action: "decline" | "cancel" | "call ended" }
  | { readonly action: "none"; readonly why: string };

/** A yes, an explicit no, or an answer that is neither, with the reason in a sentence. */
export type Reading = { readonly answer: "yes" | "no" } | { readonly answer: "unclear"; readonly why: string };

/** How a form ended: with an answer, or because the call that had opened it was cancelled. */
export type FormEnd = Reading | { readonly answer: "call ended" };

/** What a typed text means. Only the exact text approves. */
export function readTyped(typed: string, confirmation: Confirmation): Reading {
  const text = withoutDirectionMarks(typed).trim();
  if (/^(?:n|no)$/i.test(text)) return { answer: "no" };
  if (confirmation.by === "choice")
    return text === "yes" ? { answer: "yes" } : { answer: "unclear", why: "The answer was neither yes nor no." };
  // The text is shown in quotes, and a person may copy them with it. The expected text itself contains none.
  return text.replace(/^"(.*)"$/, "$1") === confirmation.expected
    ? { answer: "yes" }
    : { answer: "unclear", why: "The typed text does not match." };
}

/** What an answer of a client means. That it declines or cancels is not the word of a person: some clients do so by themselves. */
export function readElicitation(answer: ElicitationAnswer, confirmation: Confirmation): FormEnd {
  switch (answer.action) {
    case "decline":
      return { answer: "unclear", why: "The client declined to ask, or the form was closed with its Decline button." };
    case "cancel":
      return { answer: "unclear", why: "The form was closed without an answer." };
    case "call ended":
      return { answer: "call ended" };
    case "none":
      return { answer: "unclear", why: `The form got no answer: ${answer.why}.` };
    case "accept": {
      const typed = answerIn(answer.content);
      return typed === undefined
        ? { answer: "unclear", why: "The form was returned without a valid answer." }
        : readTyped(typed, confirmation);
    }
  }
}

/** The answer, if the form's content contains nothing else: hosts pass on any content, valid or not. */
function answerIn(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Object.keys(content).length !== 1) return undefined;
  const answer = Object.getOwnPropertyDescriptor(content, ANSWER_FIELD)?.value;
  return typeof answer === "string" ? answer : undefined;
}
