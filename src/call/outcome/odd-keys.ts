/** The key `__proto__` in the maps of an answer. AWS takes it, for a tag for example, and zod leaves it out of what it parses. */
import * as z from "zod";

const KEY = "__proto__";

/** What the schema made of the answer, with each entry of this key that a map of the answer has and the schema takes. */
export function withOddKeys(schema: z.core.$ZodType, answer: unknown, made: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return withOddKeys(schema.unwrap(), answer, made);
  if (typeof answer !== "object" || answer === null || typeof made !== "object" || made === null) return made;
  if (Array.isArray(answer) && Array.isArray(made))
    return schema instanceof z.ZodArray
      ? made.map((entry, at) => withOddKeys(schema.element, answer[at], entry))
      : made;
  if (schema instanceof z.ZodObject)
    return mapMembers(made, (key, member) => withOddKeys(schema.shape[key], memberOf(answer, key), member));
  if (!(schema instanceof z.ZodRecord)) return made;
  const whole = mapMembers(made, (key, member) => withOddKeys(schema.valueType, memberOf(answer, key), member));
  const odd = Object.hasOwn(answer, KEY) ? z.safeParse(schema.valueType, memberOf(answer, KEY)) : undefined;
  return odd?.success ? Object.fromEntries([...Object.entries(whole), [KEY, odd.data]]) : whole;
}

/** The own member: with a dot, this key gives the prototype. */
function memberOf(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function mapMembers(object: object, map: (key: string, member: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, map(key, member)]));
}
