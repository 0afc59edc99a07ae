import * as z from "zod";

/**
 * What of a sensitive string may be shown: nothing, its last four characters, or what stands before its first semicolon. Of the last
 * kind is the value of a login provider, `KEY;SECRET`; of some providers all is shown (`provider-secrets.ts`). It is masked by its
 * place in a call or an answer. The redactor must not remember it and search other texts for it: anybody who may update a pool can choose it.
 */
export type Disclosure = "nothing" | "last four" | "before semicolon";

const registry = z.registry<{ shown: Disclosure }>();

/** Declares a string as a secret, where it is defined and once. */
export function sensitive(schema: z.ZodString, shown: Disclosure = "nothing"): z.ZodString {
  registry.add(schema, { shown });
  return schema;
}

/** Caches, for each schema, whether it contains something sensitive: other schemas need not be traversed. */
const known = new WeakMap<z.core.$ZodType, boolean>();

function holdsSensitive(schema: z.core.$ZodType): boolean {
  const holds = known.get(schema) ?? (registry.has(schema) || partsOf(schema).some(holdsSensitive));
  known.set(schema, holds);
  return holds;
}

function partsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return [schema.unwrap()];
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  return schema instanceof z.ZodObject ? Object.values(schema.shape) : [];
}

/**
 * Returns `value` with every string that `schema` declares sensitive replaced by the result of `conceal`; `path` contains the names
 * and indexes that lead to it. Members that the schema does not know remain unchanged, so that a raw input can be
 * processed before it is validated. All strings in a list or object in place of a secret count as secrets, and so does a string in place of a map of secrets.
 */
export function mapSensitive(
  schema: z.core.$ZodType,
  value: unknown,
  conceal: (secret: string, shown: Disclosure, path: readonly string[]) => unknown,
  path: readonly string[] = [],
): unknown {
  if (!holdsSensitive(schema)) return value;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return mapSensitive(schema.unwrap(), value, conceal, path);
  const found = registry.get(schema instanceof z.ZodRecord && typeof value === "string" ? schema.valueType : schema);
  if (typeof value === "string") return found && isSecret(value, found) ? conceal(value, found.shown, path) : value;
  if (typeof value !== "object" || value === null) return value;
  const member = found ? () => schema : membersOf(schema, value);
  return member ? mapEntries(value, (key, entry) => mapMember(member(key), entry, key)) : value;

  function mapMember(inner: z.core.$ZodType | undefined, entry: unknown, key: string): unknown {
    return inner ? mapSensitive(inner, entry, conceal, [...path, key]) : entry;
  }
}

function isSecret(value: string, { shown }: { shown: Disclosure }): boolean {
  return shown !== "before semicolon" || value.includes(";");
}

/** Returns a function that finds the schema of each member of `value`, if `schema` matches its type. */
function membersOf(schema: z.core.$ZodType, value: object): ((key: string) => z.core.$ZodType | undefined) | undefined {
  if (schema instanceof z.ZodArray) return Array.isArray(value) ? () => schema.element : undefined;
  if (schema instanceof z.ZodRecord) return () => schema.valueType;
  return schema instanceof z.ZodObject && !Array.isArray(value) ? (key) => schema.shape[key] : undefined;
}

function mapEntries(value: object, map: (key: string, entry: unknown) => unknown): object {
  if (Array.isArray(value)) return value.map((entry, position) => map(String(position), entry));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, map(key, entry)]));
}
