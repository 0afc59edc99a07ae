/**
 * The condition operators of IAM, each as a comparison of one value of the request with one value of the policy. See
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
 */
import { containsAddress } from "./addresses.ts";
import { foldCase, matches, type Pattern, splitAtColons } from "./pattern.ts";

/** A value of a policy, with its variables filled in. */
export interface Wanted {
  /** With `*` and `?` as wildcards. */
  readonly pattern: Pattern;
  /** With `*` and `?` as themselves. */
  readonly text: string;
}

interface Comparison {
  readonly matches: (actual: string, wanted: Wanted) => boolean;
  /** Whether its values may hold policy variables. */
  readonly variables: boolean;
}

/** How the values of one key are compared. */
export interface Operator {
  readonly comparison: Comparison;
  /** True where no value may match. */
  readonly negated: boolean;
  /** For a key with several values. */
  readonly set: "ForAnyValue" | "ForAllValues" | undefined;
  /** Whether the condition holds where the request does not have the key. */
  readonly ifExists: boolean;
}

const equalText: Comparison = { matches: (actual, { text }) => actual === text, variables: true };
const equalInAnyCase: Comparison = {
  matches: (actual, { text }) => actual.toLowerCase() === text.toLowerCase(),
  variables: true,
};
const likeText: Comparison = { matches: (actual, { pattern }) => matches(pattern, actual), variables: true };
const likeArn: Comparison = { matches: (actual, { pattern }) => matchesArn(pattern, actual), variables: true };
/** AWS's page on operators says that booleans take variables, its page on variables that they do not. The server takes them. */
const bool: Comparison = {
  matches: (actual, { text }) => /^(true|false)$/i.test(text) && actual.toLowerCase() === text.toLowerCase(),
  variables: true,
};
const binary: Comparison = { matches: (actual, { text }) => equalBytes(actual, text), variables: false };
const address: Comparison = { matches: (actual, { text }) => containsAddress(text, actual), variables: false };

/** An order: which results of comparing the value of the request with that of the policy are a match. */
function ordered(read: (text: string) => number, holds: (difference: number) => boolean): Comparison {
  // What is no number or date is NaN, which is in no order with anything.
  return { matches: (actual, { text }) => holds(read(actual) - read(text)), variables: false };
}

/** Operators by name, in small letters, without those that only negate another. */
const comparisons = new Map<string, Comparison>([
  ["stringequals", equalText],
  ["stringequalsignorecase", equalInAnyCase],
  ["stringlike", likeText],
  ["bool", bool],
  ["binaryequals", binary],
  ["ipaddress", address],
  ["arnequals", likeArn],
  ["arnlike", likeArn],
  ...orders("numeric", readNumber),
  ...orders("date", readDate),
]);

function orders(kind: string, read: (text: string) => number): [string, Comparison][] {
  return [
    [`${kind}equals`, ordered(read, (difference) => difference === 0)],
    [`${kind}lessthan`, ordered(read, (difference) => difference < 0)],
    [`${kind}lessthanequals`, ordered(read, (difference) => difference <= 0)],
    [`${kind}greaterthan`, ordered(read, (difference) => difference > 0)],
    [`${kind}greaterthanequals`, ordered(read, (difference) => difference >= 0)],
  ];
}

/** The operators that negate another. */
const negations = new Map([
  ["stringnotequals", "stringequals"],
  ["stringnotequalsignorecase", "stringequalsignorecase"],
  ["stringnotlike", "stringlike"],
  ["numericnotequals", "numericequals"],
  ["datenotequals", "dateequals"],
  ["notipaddress", "ipaddress"],
  ["arnnotequals", "arnequals"],
  ["arnnotlike", "arnlike"],
]);

/** Whether IAM has the operator, with its set qualifier and IfExists. */
export function knowsOperator(written: string): boolean {
  return isNull(written) || operatorOf(written) !== undefined;
}

/** `Null`, which asks whether the request has the key. It takes no IfExists. With a set qualifier it asks nothing: see `setOfNull`. */
export function isNull(written: string): boolean {
  return /^(foranyvalue:|forallvalues:)?null$/i.test(written);
}

/**
 * The set qualifier of a `Null`, with which it is always true (ForAllValues) or always false (ForAnyValue): "Null with qualifier" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html.
 */
export function setOfNull(written: string): Operator["set"] {
  const [qualifier, name] = written.toLowerCase().split(":");
  if (name === undefined) return undefined;
  return qualifier === "forallvalues" ? "ForAllValues" : "ForAnyValue";
}

/** The operator of this name; undefined if there is none. */
export function operatorOf(written: string): Operator | undefined {
  const [, set, name = "", ifExists] =
    /^(?:(foranyvalue|forallvalues):)?([a-z]+?)(ifexists)?$/.exec(written.toLowerCase()) ?? [];
  const comparison = comparisons.get(negations.get(name) ?? name);
  if (!comparison) return undefined;
  return {
    comparison,
    negated: negations.has(name),
    set: set === undefined ? undefined : set === "foranyvalue" ? "ForAnyValue" : "ForAllValues",
    ifExists: ifExists !== undefined,
  };
}

/** ARNs are compared in six parts, and a wildcard does not reach over a colon; the last part has the rest. */
function matchesArn(pattern: Pattern, actual: string): boolean {
  const wanted = splitAtColons(pattern, 6);
  const given = splitAtColons(Array.from(actual), 6);
  if (!wanted || !given) return false;
  return wanted.every((part, at) => matches(part, (given[at] ?? []).join("")));
}

/** Whether both are the base64 of the same bytes (https://www.rfc-editor.org/rfc/rfc4648#section-4), without bits that mean nothing. */
function equalBytes(actual: string, wanted: string): boolean {
  return (
    actual === wanted && /^([A-Za-z\d+/]{4})*([A-Za-z\d+/][AQgw]==|[A-Za-z\d+/]{2}[AEIMQUYcgkosw048]=)?$/.test(wanted)
  );
}

function readNumber(text: string): number {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

/** A year, month, day, or time with its zone (https://www.w3.org/TR/NOTE-datetime); or seconds since the epoch, unless of a year's digits. */
const W3C_DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/;

function readDate(text: string): number {
  if (/^(\d{1,3}|\d{5,12})$/.test(text)) return Number(text) * 1000;
  if (!W3C_DATE.test(text)) return Number.NaN;
  const [year = 0, month = 1, day = 1] = text.slice(0, 10).split("-").map(Number);
  // `Date.parse` goes on to the next month after the last day of one, and takes hour 24.
  const last = month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day > last || text.slice(11, 13) === "24" ? Number.NaN : Date.parse(text);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Whether an action's name matches one of the patterns. Neither has a case. */
export function matchesAction(pattern: Pattern, action: string): boolean {
  return matches(foldCase(pattern), action.toLowerCase());
}
