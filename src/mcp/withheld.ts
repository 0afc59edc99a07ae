import type { Outcome } from "../call/types.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import type { ScreenReason } from "../guards/screen.ts";

const because: Readonly<Record<ScreenReason, string>> = {
  secret: "because it contains characters of a secret of this server.",
  unreadable: "because its text is encoded in too many ways to be checked for secrets.",
  closed: "because this server has stopped answering: several requests contained characters of its secrets.",
};

const readAgain = "Do not repeat the call. Tell the person, and read the present state.";

const next: Readonly<Record<ScreenReason, string>> = {
  secret: readAgain,
  unreadable: readAgain,
  closed:
    "Do not repeat the call. Tell the person. The reason is on the server's stderr and in its audit. A restart makes the server answer again.",
};

/**
 * What is told of a call in place of its answer, where AWS carried it out or may have: a text that depends only on that, and the
 * receipt of a vended secret. Undefined for any other call.
 */
export function withheldOutcome(
  outcome: Outcome,
  reason: ScreenReason,
  { redactDeep }: Pick<Redactor, "redactDeep">,
): Outcome | undefined {
  if (outcome.kind === "success" && outcome.carriedOut) {
    const notes = [`AWS carried out the call. Its answer is withheld, ${because[reason]}`];
    // A restart, which a server that has stopped answering needs, forgets what was vended.
    const receipt = reason === "closed" ? {} : redactDeep(outcome.carriedOut.receipt);
    return { kind: "success", content: { notes, next: next[reason], ...receipt } };
  }
  if (outcome.kind === "failure" && outcome.mayBeCarriedOut)
    return {
      kind: "failure",
      code: "AnswerWithheld",
      message: `It is not known whether AWS carried out the call. The answer is withheld, ${because[reason]}`,
      hint: next[reason],
      unknown: true,
    };
  return undefined;
}
