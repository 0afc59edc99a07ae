/** Type checks, sizes and string replacement for JSON values. */

/** The members of a JSON object, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether the value is an object, and not null or an array. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A copy of the value with `change` applied to every string and every key. If `replace` returns a string for an object, that
 * string replaces the object, unchanged.
 */
export function mapStrings(
  value: unknown,
  change: (text: string) => string,
  replace: (object: object) => string | undefined = () => undefined,
): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, change, replace));
  if (typeof value !== "object" || value === null) return value;
  return (
    replace(value) ??
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [change(key), mapStrings(entry, change, replace)]))
  );
}

/** The size of the value's JSON in UTF-8 bytes. 0 for a value that JSON cannot represent. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}

/**
 * The JSON Canonicalization Scheme (RFC 8785): equal values give equal texts, whatever the order of their keys. An absent
 * member equals an undefined one.
 */
export function canonicalJson(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "absent";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // The scheme requires the order of UTF-16 code units, which is how JavaScript compares strings.
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}
