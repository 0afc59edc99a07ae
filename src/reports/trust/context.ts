/** What a request brings: the keys that conditions and policy variables look at. */

/** The values of one key. */
export interface ContextValue {
  readonly values: readonly string[];
  /**
   * Beside values: the request has further ones, which are not known and not empty. Without values: nothing is known, not even whether the
   * request has the key.
   */
  readonly more?: true;
  /** What those further values certainly are not. */
  readonly never?: readonly string[];
  /** Whether the key can have several values, which a policy variable cannot stand for, even where it has one. */
  readonly multivalued?: true;
}

/** By key. Keys have no case. A key that the request does not have is absent. */
export interface Context {
  get(key: string): ContextValue | undefined;
}

/** The value of a key of which nothing is known, not even whether the request has it. */
export const unknownValue: ContextValue = { values: [], more: true };

/** `unknownKeys`: what keys begin with of which nothing is known, unless there is an entry. */
export function createContext(
  entries: Readonly<Record<string, ContextValue | readonly string[]>>,
  unknownKeys: readonly string[] = [],
): Context {
  const values = new Map(
    Object.entries(entries).map(([key, value]) => [key.toLowerCase(), isList(value) ? { values: value } : value]),
  );
  const prefixes = unknownKeys.map((prefix) => prefix.toLowerCase());
  return {
    get(key) {
      const name = key.toLowerCase();
      return values.get(name) ?? (prefixes.some((prefix) => name.startsWith(prefix)) ? unknownValue : undefined);
    },
  };
}

function isList(value: ContextValue | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}
