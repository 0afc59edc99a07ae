/** Whether one condition holds for a request. */
import type { Context, ContextValue } from "./context.ts";
import type { Condition, TrustPolicy } from "./document.ts";
import { isNull, type Operator, operatorOf, setOfNull, type Wanted } from "./operators.ts";
import { all, any, not, same, type Truth } from "./truth.ts";
import { fillVariables, withoutVariables } from "./variables.ts";

/** A condition with its answer. */
export interface ConditionResult extends Condition {
  readonly holds: Truth;
  /** The values of the request; undefined where it does not have the key. */
  readonly actual: ContextValue | undefined;
}

export function judgeCondition(
  condition: Condition,
  context: Context,
  version: TrustPolicy["version"],
): ConditionResult {
  const actual = context.get(condition.key);
  return { ...condition, actual, holds: holds(condition, actual, context, version) };
}

function holds(
  { operator: written, wanted }: Condition,
  actual: ContextValue | undefined,
  context: Context,
  version: TrustPolicy["version"],
): Truth {
  const operator = operatorOf(written);
  const set = operator ? operator.set : setOfNull(written);
  // "Empty array condition" of the policy checks says both that it returns true and that its statement provides no permissions.
  if (wanted.length === 0 && set === undefined) return undefined;
  if (isNull(written)) return set === undefined ? isAbsence(wanted, actual) : set === "ForAllValues";
  // The document was read with this operator.
  if (!operator) throw new TypeError("a condition without an operator");
  if (isAbsent(actual)) return ifAbsent(operator);
  const values: (Wanted | "unknown")[] = [];
  for (const value of wanted) {
    const filled =
      operator.comparison.variables && version === "2012-10-17"
        ? fillVariables(value, context)
        : withoutVariables(value);
    // What has a variable without a value is equal to nothing, so that an operator that wants no match holds.
    if (filled !== "unresolved") values.push(filled);
  }
  return compare(operator, actual, values);
}

/** `true`: the request does not have the key, or without a value. `false`: it has. */
function isAbsence(wanted: readonly string[], actual: ContextValue | undefined): Truth {
  const given = actual?.values.some((one) => one !== "") ?? false;
  const wants = (isAbsent: boolean) => wanted.some((value) => value.toLowerCase() === String(isAbsent));
  return !given && actual?.more ? same([wants(true), wants(false)]) : wants(!given);
}

function isAbsent(actual: ContextValue | undefined): actual is undefined {
  return actual === undefined || (actual.values.length === 0 && !actual.more);
}

/** Without the key, a condition fails, and one that wants no match holds. */
function ifAbsent({ ifExists, set, negated }: Operator): boolean {
  if (ifExists || set === "ForAllValues") return true;
  return set === undefined && negated;
}

function compare(
  operator: Operator,
  { values, more, never = [], multivalued }: ContextValue,
  wanted: readonly (Wanted | "unknown")[],
): Truth {
  const one = (actual: string): Truth => {
    const matched = any(
      wanted.map((value) => (value === "unknown" ? undefined : operator.comparison.matches(actual, value))),
    );
    return operator.negated ? not(matched) : matched;
  };
  /** For a value that is not known: false if it is certainly none of the wanted ones. */
  const further = any(wanted.map((value) => (value !== "unknown" && never.includes(value.text) ? false : undefined)));
  const unknownOne = operator.negated ? not(further) : further;
  const [only = "", ...others] = values;
  // IAM requires a set qualifier for a key of several values, and does not say what a negated operator does without one.
  const several = multivalued || others.length > 0 || (more && values.length > 0);
  if (operator.set === undefined && operator.negated && several) return undefined;
  // The key may be absent, or a set may hold nothing but empty texts.
  if (more && values.length === 0) {
    const ofNone = operator.set === undefined ? [] : [operator.set === "ForAllValues"];
    return same([unknownOne, ifAbsent(operator), ...ofNone]);
  }
  const unknown: Truth[] = more ? [unknownOne] : [];
  // An empty text counts as no value in a set.
  const set = values.filter((value) => value !== "");
  if (operator.set === "ForAllValues") return all([...set.map(one), ...unknown]);
  if (operator.set === "ForAnyValue") return any([...set.map(one), ...unknown]);
  // Several values without a set qualifier match nothing: IAM requires the qualifier for such a key.
  return others.length > 0 || more ? false : one(only);
}
