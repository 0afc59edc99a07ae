/** One branch of the decision tree: data, and a function from facts to what they say of it. */
import type { Fields } from "../../util/json.ts";
import type { Facts } from "./facts.ts";

/** What a judgement can rest on. */
export type Evidence =
  | "error text"
  | "pool"
  | "pool roles"
  | "principal tags"
  | "identity"
  | "role"
  | "role policies"
  | "user pool"
  | "login";

/** What helps: a call of one of our tools, a statement for IAM, or what somebody does elsewhere. */
export type Fix =
  | { readonly tool: string; readonly arguments: Fields }
  | { readonly iam: string; readonly role?: string; readonly place: string; readonly statement?: Fields }
  | { readonly advice: string };

/** What the facts say of a branch. */
export interface Finding {
  /** Whether the facts show it; otherwise they only allow it. */
  readonly certain: boolean;
  /** What was found, as data: it can hold text that anybody wrote. */
  readonly evidence: Fields;
  readonly fix: readonly Fix[];
  /** In place of the branch's `cause`, where the facts tell more. Without anything of the account too. */
  readonly cause?: string;
}

/** Findings, or none that says more than others do; `clear` if what was read rules the branch out; undefined if nothing can be said. */
export type Judgement = readonly Finding[] | "clear" | undefined;

export interface Branch {
  readonly id: string;
  /** In a few words. */
  readonly title: string;
  readonly stage: "pool" | "login" | "role choice" | "trust" | "access";
  /** In one sentence without anything of the account. */
  readonly cause: string;
  /** What distinguishes it from others that have the same text. */
  readonly tell: string;
  /** The texts that clients see. */
  readonly texts: readonly RegExp[];
  /** Of its texts, those without a reason, as people write them in their own words: alone, they show nothing. */
  readonly vague?: RegExp;
  /** An example of its text, as AWS writes it; undefined if there is none. */
  readonly example: string | undefined;
  readonly needs: readonly Evidence[];
  /** What helps where nothing of the account is known. */
  readonly advice: string;
  readonly sources: readonly string[];
  judge(facts: Facts): Judgement;
}

export const found = (evidence: Fields, ...fix: readonly Fix[]): Finding => ({ certain: true, evidence, fix });
export const possible = (evidence: Fields, ...fix: readonly Fix[]): Finding => ({ certain: false, evidence, fix });

/** The finding with its own sentence; undefined leaves that of its branch. */
export function because(cause: string | undefined, finding: Finding): Finding {
  return cause === undefined ? finding : { ...finding, cause };
}

/** For a branch of which only the text tells. */
export const byTextAlone = () => undefined;

/** Findings if there are any, otherwise `clear`. */
export function findings(list: readonly Finding[]): Judgement {
  return list.length > 0 ? list : "clear";
}
