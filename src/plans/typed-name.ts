/** What a person types to approve the deletion of something: its name, or its id where the name is not safe to type. */
import { isIdIn } from "../util/aws-names.ts";
import { isLikePhrase, type Phrase, typedPhrase } from "./phrases.ts";
import type { Confirmation } from "./plan.ts";

/** A shorter name is too easily typed by chance. */
const MIN_TYPED = 4;

/** Longest name that a person is asked to type. */
const MAX_TYPED = 64;

/** Words with which a person refuses, here and in some other languages. A name with one of them is not typed. */
const refusals = words(`
  no nope nah not never nevermind none nothing nothanks cancel canceled cancelled stop abort quit exit decline declined
  hold keep later prevent prevented postpone defer pause
  deny denied reject rejected refuse refused dismiss discard don dont forbid halt kill leave skip undo wait escape esc
  disapprove disapproved disagree disagreed veto vetoed revert reverted rollback unapprove unapproved nack
  nein nicht abbrechen ablehnen stopp annuler refuser annulla rifiuta cancelar rechazar parar detener nao annuleren
  nej avbryt annuller nie anuluj nyet
`);

/** Words with which a person agrees. A name that begins with one of them, or is one, is not typed. */
const agreements = words(`
  y yes yep yeah yup ok okay okey sure fine agree agreed accept accepted approve approved allow allowed confirm confirmed continue
  proceed go goahead do doit lgtm affirmative absolutely correct true oui ja si sim tak da hai
`);

/** Other answers to a question, and what a person may type at a prompt. A name that is one of them is not typed. */
const commands = words(`
  n done enter return submit next back close end false on off null undefined default all any help list show plan code name
  answer type delete remove clear call
`);

/** Ids, ARNs, regions, addresses and commands: a person must not take a name for one of them. */
const likeAnIdentifier =
  /^([\da-f]{8}-[\da-f]{4}-|arn:|[a-z]{2}(-[a-z]+)+-\d|\w+:\/\/|-|approve |cognito-identity-mcp\b)/i;

/** Typing the name of the pool, or else its id. `others` are identifiers beside it in the plan, which the name must differ from. */
export function typedPoolName(
  name: string | undefined,
  id: string,
  others: readonly (string | undefined)[] = [],
): Confirmation {
  const isClear = name !== undefined && isTypeable(name) && !isAnswer(name) && !others.includes(name);
  if (isClear && !likeAnIdentifier.test(name) && !isLikePhrase(name)) return { by: "typing", expected: name };
  return typedId(id, "approve this deletion");
}

/**
 * Typing the id, or else the phrase: an id that is not in AWS's form can be any text. The id of a developer user is never typed,
 * because the model chooses it without an approval, and no list has every text with which a person means no.
 */
export function typedId(id: string, otherwise: Phrase): Confirmation {
  return isIdIn(id) ? { by: "typing", expected: id } : typedPhrase(otherwise);
}

/** Whether a person can type it as it reads: printable ASCII with single spaces inside, and nothing that quotes escape. */
function isTypeable(name: string): boolean {
  const isPlain = /^[!-~]+( [!-~]+)*$/.test(name) && !/["\\]/.test(name);
  return isPlain && name.length >= MIN_TYPED && name.length <= MAX_TYPED;
}

/** Whether somebody could type it to say no, to say yes, or to be shown something else. */
function isAnswer(name: string): boolean {
  const parts = (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? []).map((part) => part.toLowerCase());
  const letters = name
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((part) => part !== "");
  const whole = name.toLowerCase().replace(/[^a-z\d]/g, "");
  return (
    whole.length < MIN_TYPED ||
    [whole, ...parts, ...letters].some((part) => refusals.has(part)) ||
    [whole, parts[0] ?? "", letters[0] ?? ""].some((part) => agreements.has(part)) ||
    // In a name that ends so, such as prod-ok, it is seldom an answer. This word has no other meaning.
    parts.at(-1) === "lgtm" ||
    parts.every((part) => commands.has(part)) ||
    commands.has(whole)
  );
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
