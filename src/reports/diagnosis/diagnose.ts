/** Walks the decision tree over the facts. */
import { canonicalJson, type Fields } from "../../util/json.ts";
import type { Branch, Finding, Fix } from "./branch.ts";
import { branches } from "./catalogue.ts";
import type { Facts } from "./facts.ts";

/** A cause, with what shows it. */
export interface Cause {
  readonly branch: string;
  /** `found`: the facts show it, or the text can mean nothing else. `possible`: they allow it. */
  readonly certainty: "found" | "possible";
  readonly cause: string;
  readonly evidence: Fields;
  readonly fix: readonly Fix[];
  /** What to look at to tell it from the others; only of what is possible. */
  readonly tell?: string;
}

export interface Diagnosis {
  /** The one that applies first is in front. */
  readonly causes: readonly Cause[];
  /** The branches that what was read rules out. */
  readonly ruledOut: readonly string[];
  /** Whether the text is one of those that the tree knows; undefined without a text. */
  readonly textKnown: boolean | undefined;
}

/** Characters of an error text that are looked at. */
export const MAX_TEXT = 4096;

/** The branches that an error text can mean, in order. */
function branchesOf(errorText: string): Branch[] {
  const text = errorText.slice(0, MAX_TEXT);
  const named = branches.filter(({ texts }) => texts.some((pattern) => pattern.test(text)));
  // A denial with a reason is the one that it gives, although its text holds the words of B28 too.
  const precise = named.filter(({ id }) => id !== "B28");
  return precise.length > 0 && precise.length < named.length ? precise : named;
}

/** Whether the tree explains an error of AWS: then an answer about it can name the tool. */
export function isExplained(name: string, message: string): boolean {
  return branchesOf(`${name}: ${message}`).length > 0;
}

/** Causes, and what is ruled out. */
export function diagnose(facts: Facts): Diagnosis {
  const { errorText } = facts.asked;
  const meant = errorText === undefined ? [] : branchesOf(errorText);
  const judged = branches.map((branch) => ({
    branch,
    judgement: branch.judge(facts),
    isMeant: meant.includes(branch) || branch.texts.length === 0,
  }));
  const shown: { cause: Cause; rank: number }[] = [];
  const ruledOut: string[] = [];
  for (const { branch, judgement, isMeant } of judged) {
    if (judgement === "clear") {
      // The text can mean nothing else: then what was read has changed since.
      if (meant.length === 1 && meant.includes(branch)) shown.push({ cause: fromText(branch, "possible"), rank: 2 });
      else ruledOut.push(branch.id);
    } else if (judgement === undefined) {
      const isCertain = meant.length === 1 && !branch.vague?.test(errorText ?? "");
      if (meant.includes(branch))
        shown.push({ cause: fromText(branch, isCertain ? "found" : "possible"), rank: isCertain ? 0 : 2 });
    } else
      for (const finding of judgement)
        if (finding.certain || errorText === undefined || isMeant)
          shown.push({ cause: fromFinding(branch, finding), rank: rankOf(finding, isMeant) });
  }
  // Stable: of one rank, in the order of the tree.
  const causes = shown.sort((one, other) => one.rank - other.rank).map(({ cause }) => cause);
  return {
    causes: withEachFixOnce(causes),
    ruledOut,
    textKnown: errorText === undefined ? undefined : meant.length > 0,
  };
}

/** A cause whose fixes are those of causes before it names the first of these in their place. */
function withEachFixOnce(causes: readonly Cause[]): Cause[] {
  const firsts = new Map<string, string>();
  return causes.map((cause) => {
    const texts = cause.fix.map((fix) => canonicalJson(fix));
    const known = texts.flatMap((text) => firsts.get(text) ?? []);
    const rest = cause.fix.filter((_, at) => !firsts.has(texts[at] ?? ""));
    for (const text of texts) if (!firsts.has(text)) firsts.set(text, cause.branch);
    return known.length === 0 ? cause : { ...cause, fix: [...rest, { advice: `As for ${known[0]} above.` }] };
  });
}

/** What is shown and in the text first, then what is shown, then what is possible. */
function rankOf({ certain }: Finding, isMeant: boolean): number {
  return certain ? (isMeant ? 0 : 1) : isMeant ? 2 : 3;
}

function fromText({ id, cause, tell, advice }: Branch, certainty: Cause["certainty"]): Cause {
  return {
    branch: id,
    certainty,
    cause,
    evidence: { errorText: "matches" },
    fix: [{ advice }],
    ...(certainty === "possible" && { tell }),
  };
}

function fromFinding({ id, cause, tell }: Branch, { certain, evidence, fix, cause: own = cause }: Finding): Cause {
  return {
    branch: id,
    certainty: certain ? "found" : "possible",
    cause: own,
    evidence,
    fix,
    ...(!certain && { tell }),
  };
}
