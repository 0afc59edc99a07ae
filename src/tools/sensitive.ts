import * as z from "zod";

/** How a secret may be spoken of: not at all, or by its last four characters. */
export type Shown = "nothing" | "last four";

const registry = z.registry<{ shown: Shown; from: number }>();

/**
 * Declares a string as a secret, where it is defined and once. `from` is the length in characters at which it becomes
 * one, for a member that holds tokens and plain names alike.
 */
export function sensitive(schema: z.ZodString, shown: Shown = "nothing", from = 0): z.ZodString {
  registry.add(schema, { shown, from });
  return schema;
}

/**
 * Gives `value` with every string that `schema` declares sensitive replaced by what `conceal` makes of it.
 * Members that the schema does not know are left as they are, so that a raw input can be walked before it is validated.
 */
export function mapSensitive(
  schema: z.core.$ZodType,
  value: unknown,
  conceal: (secret: string, shown: Shown) => unknown,
): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return mapSensitive(schema.unwrap(), value, conceal);
  if (typeof value === "string") {
    const found = registry.get(schema);
    return found && value.length >= found.from ? conceal(value, found.shown) : value;
  }
  if (Array.isArray(value))
    return schema instanceof z.ZodArray ? value.map((entry) => mapSensitive(schema.element, entry, conceal)) : value;
  if (typeof value !== "object" || value === null) return value;
  if (schema instanceof z.ZodObject)
    return mapEntries(value, (key, entry) => {
      const member = schema.shape[key];
      return member ? mapSensitive(member, entry, conceal) : entry;
    });
  if (schema instanceof z.ZodRecord)
    return mapEntries(value, (_, entry) => mapSensitive(schema.valueType, entry, conceal));
  return value;
}

function mapEntries(value: object, map: (key: string, entry: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, map(key, entry)]));
}
