/** What is shown of a trust policy, as data. */
import type { Fields } from "../../util/json.ts";
import type { ConditionResult } from "../trust/conditions.ts";
import type { StatementResult } from "../trust/decide.ts";

/** Which statement of the trust policy. */
export function placeOf({ number, sid }: StatementResult): Fields {
  return { statement: number, ...(sid !== undefined && sid !== "" && { sid }) };
}

/** A condition, with its values and those of the request. */
export function shownCondition(condition: ConditionResult): Fields {
  const { operator, key, wanted, actual } = condition;
  const note = noteOn(condition);
  return {
    operator,
    key,
    inThePolicy: wanted,
    inTheRequest: actual === undefined ? "not in the request" : actual.values.length > 0 ? actual.values : "not known",
    ...(note !== undefined && { note }),
  };
}

function noteOn({ operator, wanted, actual }: ConditionResult): string | undefined {
  if (wanted.some((value) => /^[a-z]{2}(-[a-z]+)+-\d_\w+$/.test(value)))
    return "A value of the policy is the id of a user pool, not of an identity pool.";
  if (wanted.length === 0)
    return "The condition has no value. IAM's documentation contradicts itself on such conditions.";
  if (actual?.multivalued && !/:|^null$/i.test(operator))
    return "The key can have several values. IAM requires ForAnyValue or ForAllValues for it.";
  return undefined;
}
