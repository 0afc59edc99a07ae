/** The texts that people type to approve a plan whose target is not typed by a name or an id: `delete 7 identities`. */
import type { Confirmation } from "./plan.ts";

/** How such a text begins. A pool that is called like one of them is not approved by its name. */
const verbs = ["approve", "delete", "link", "merge", "unlink", "update"] as const;

/** The type holds every phrase to the list above, from which `isLikePhrase` comes too. */
export type Phrase = `${(typeof verbs)[number]} ${`${number} ${string}` | `this ${string}`}`;

/** Typing the phrase. */
export function typedPhrase(expected: Phrase): Confirmation {
  return { by: "typing", expected };
}

const like = new RegExp(`^[^a-z]*(${verbs.join("|")})[^a-z\\d]*(\\d|this(?![a-z]))`, "i");

/** Whether the text is a phrase, or a person could take it for one. */
export function isLikePhrase(text: string): boolean {
  return like.test(text);
}
