/**
 * Condition operators (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)
 * and their set operators
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
 */
import { BlockList, isIP } from "node:net";
import type { Conditions } from "./document.ts";
import { fillIn, matchesPattern, splitAtColons, textOf, type Variables } from "./patterns.ts";

/** The request context: what is known of a request, by key in lower case. A missing key is not in it. */
export type RequestContext = ReadonlyMap<string, ContextValue>;

/** A list is the value of a multivalued key, even if it has one entry. An empty list counts as a missing key. */
type ContextValue = string | readonly string[];

/** How one value of a request is compared with one value of a policy. */
interface Comparison {
  /** Undefined if one of the values is not of the operator's type. */
  readonly matches: (value: string, expected: string, variables: Variables) => boolean | undefined;
  /** Whether the condition holds where nothing matches. */
  readonly negated?: true;
}

const text =
  (fold: (text: string) => string): Comparison["matches"] =>
  (value, expected, variables) => {
    const filled = fillIn(expected, variables);
    return filled && fold(value) === fold(textOf(filled));
  };
const exact = text((value) => value);
const ignoringCase = text((value) => value.toLowerCase());

const like: Comparison["matches"] = (value, expected, variables) => {
  const filled = fillIn(expected, variables);
  return filled && matchesPattern(filled, value);
};

/** The six parts of an ARN are compared one by one, so that no wildcard reaches over a colon into the next part. */
const arn: Comparison["matches"] = (value, expected, variables) => {
  const filled = fillIn(expected, variables);
  const parts = value.split(":");
  if (!filled || parts.length < ARN_PARTS) return undefined;
  const patterns = splitAtColons(filled, ARN_PARTS);
  const values = [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(":")];
  return (
    patterns.length === ARN_PARTS && patterns.every((pattern, index) => matchesPattern(pattern, values[index] ?? ""))
  );
};

const ARN_PARTS = 6;

const ordered =
  (read: (text: string) => number | undefined, holds: (order: number) => boolean): Comparison["matches"] =>
  (value, expected) => {
    const one = read(value);
    const other = read(expected);
    return one === undefined || other === undefined ? undefined : holds(Math.sign(one - other));
  };

function numberOf(written: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(written) ? Number(written) : undefined;
}

/** Milliseconds of a date in ISO 8601 (https://www.w3.org/TR/NOTE-datetime), or of seconds since the epoch. */
function timeOf(written: string): number | undefined {
  // Four digits are a year.
  if (/^(\d{1,3}|\d{5,12})$/.test(written)) return Number(written) * 1000;
  if (!/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(written)) return undefined;
  const time = Date.parse(written);
  if (Number.isNaN(time)) return undefined;
  // A day that its month does not have is read as one of the next month, and hour 24 as the next day.
  const local = new Date(`${written.slice(0, 10)}${written.length > 10 ? `T${written.slice(11, 16)}Z` : ""}`);
  return local.toISOString().startsWith(written.slice(0, 16).replace(/Z.*$/, "")) ? time : undefined;
}

/** Of variables, AWS's page on operators says that it takes them, and its page on variables that it does not. */
const bool: Comparison["matches"] = (value, expected, variables) => {
  const filled = fillIn(expected, variables);
  const [one, other] = [value.toLowerCase(), filled && textOf(filled).toLowerCase()];
  return [one, other].every((side) => side === "true" || side === "false") ? one === other : undefined;
};

const binary: Comparison["matches"] = (value, expected) => {
  const [one, other] = [bytesOf(value), bytesOf(expected)];
  return one && other && one.equals(other);
};

function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? bytes : undefined;
}

/** An address or a range in CIDR notation. */
const ip: Comparison["matches"] = (value, expected) => {
  const [address = "", prefix, ...more] = expected.split("/");
  const [family, valueFamily] = [familyOf(address), familyOf(value)];
  const bits = family === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (more.length > 0 || family === 0 || valueFamily === 0 || !(length <= bits)) return undefined;
  if (family !== valueFamily) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(address, length, type);
  return list.check(value, type);
};

/** 4 or 6; 0 for what is no address. An address with the zone of one machine is none. */
function familyOf(address: string): number {
  return address.includes("%") ? 0 : isIP(address);
}

const negated = true;
const before = (order: number) => order < 0;
const atMost = (order: number) => order <= 0;
const after = (order: number) => order > 0;
const atLeast = (order: number) => order >= 0;
const equal = (order: number) => order === 0;

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: { matches: exact },
  StringNotEquals: { matches: exact, negated },
  StringEqualsIgnoreCase: { matches: ignoringCase },
  StringNotEqualsIgnoreCase: { matches: ignoringCase, negated },
  StringLike: { matches: like },
  StringNotLike: { matches: like, negated },
  NumericEquals: { matches: ordered(numberOf, equal) },
  NumericNotEquals: { matches: ordered(numberOf, equal), negated },
  NumericLessThan: { matches: ordered(numberOf, before) },
  NumericLessThanEquals: { matches: ordered(numberOf, atMost) },
  NumericGreaterThan: { matches: ordered(numberOf, after) },
  NumericGreaterThanEquals: { matches: ordered(numberOf, atLeast) },
  DateEquals: { matches: ordered(timeOf, equal) },
  DateNotEquals: { matches: ordered(timeOf, equal), negated },
  DateLessThan: { matches: ordered(timeOf, before) },
  DateLessThanEquals: { matches: ordered(timeOf, atMost) },
  DateGreaterThan: { matches: ordered(timeOf, after) },
  DateGreaterThanEquals: { matches: ordered(timeOf, atLeast) },
  Bool: { matches: bool },
  BinaryEquals: { matches: binary },
  IpAddress: { matches: ip },
  NotIpAddress: { matches: ip, negated },
  ArnEquals: { matches: arn },
  ArnLike: { matches: arn },
  ArnNotEquals: { matches: arn, negated },
  ArnNotLike: { matches: arn, negated },
};

const NULL = "Null";

interface Operator {
  readonly set: "ForAllValues" | "ForAnyValue" | undefined;
  readonly comparison: Comparison | typeof NULL;
  readonly ifExists: boolean;
}

/** Undefined for a name that no operator has. `Null` does not take `IfExists`. */
function readOperator(name: string): Operator | undefined {
  const [, set, base = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  if (base === NULL)
    return ifExists === undefined ? { set: set as Operator["set"], comparison: NULL, ifExists: false } : undefined;
  const comparison = Object.hasOwn(comparisons, base) ? comparisons[base] : undefined;
  return comparison && { set: set as Operator["set"], comparison, ifExists: ifExists !== undefined };
}

export function isOperator(name: string): boolean {
  return readOperator(name) !== undefined;
}

/** Whether every condition holds. `hasVariables`: whether the version of the policy has policy variables. */
export function conditionsHold(conditions: Conditions, context: RequestContext, hasVariables: boolean): boolean {
  const variables: Variables = (name) => {
    const value = context.get(name.toLowerCase());
    // A multivalued key cannot be a variable.
    return typeof value === "string" ? value : undefined;
  };
  return Object.entries(conditions).every(([name, keys]) => {
    const operator = readOperator(name);
    return Object.entries(keys).every(
      ([key, expected]) => operator && holds(operator, valueIn(context, key), expected, variables, hasVariables),
    );
  });
}

/** Names of keys are not case-sensitive. */
function valueIn(context: RequestContext, key: string): ContextValue | undefined {
  const value = context.get(key.toLowerCase());
  return value === undefined || value.length > 0 || typeof value === "string" ? value : undefined;
}

function holds(
  { set, comparison, ifExists }: Operator,
  value: ContextValue | undefined,
  expected: readonly string[],
  variables: Variables,
  hasVariables: boolean,
): boolean {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html, "Null with qualifier".
  if (comparison === NULL && set) return set === "ForAllValues";
  if (comparison === NULL) return expected.some((isNull) => isNull.toLowerCase() === String(isEmpty(value)));
  if (value === undefined)
    return ifExists || set === "ForAllValues" || (set === undefined && comparison.negated === true);
  const fulfils = (one: string): boolean => {
    const found = expected.some((other) =>
      hasVariables
        ? comparison.matches(one, other, variables) === true
        : comparison.matches(one, withoutVariables(other), none) === true,
    );
    return found !== (comparison.negated === true);
  };
  const values = [value].flat();
  // An empty text is no member of a set.
  if (set === "ForAllValues") return values.every((one) => isEmpty(one) || fulfils(one));
  if (set === "ForAnyValue") return values.some((one) => !isEmpty(one) && fulfils(one));
  if (typeof value === "string") return fulfils(value);
  // AWS requires a set operator for a multivalued key, and does not document what it does without one.
  return value.length === 1 ? fulfils(value[0] ?? "") : comparison.negated === true;
}

/** An empty text is null (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html). */
function isEmpty(value: ContextValue | undefined): boolean {
  return [value ?? ""].flat().every((one) => one === "");
}

const none: Variables = () => undefined;

/** `${` as ordinary text, written as the variable that stands for `$`. */
function withoutVariables(expected: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
  return expected.replaceAll("${", "${$}{");
}
