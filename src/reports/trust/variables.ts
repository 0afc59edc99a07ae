/**
 * Policy variables: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters themselves. See
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html.
 */
import type { Context } from "./context.ts";
import type { Wanted } from "./operators.ts";
import { literal, type Pattern, withWildcards } from "./pattern.ts";

/** `$` with its braces. A brace inside ends it. */
const VARIABLE = /\$\{([^{}]*)\}/g;

const WITH_DEFAULT = /^\s*([^,\s]+)\s*,\s*'([^']*)'\s*$/;

/**
 * A value of a policy with its variables filled in; what is filled in has no wildcards. "unresolved" where the request does not have
 * the key and there is no default, and "unknown" where it is not known.
 */
export function fillVariables(written: string, context: Context): Wanted | "unresolved" | "unknown" {
  const pattern: Pattern[number][] = [];
  let text = "";
  let from = 0;
  let failed: "unresolved" | "unknown" | undefined;
  for (const found of written.matchAll(VARIABLE)) {
    const before = written.slice(from, found.index);
    from = found.index + found[0].length;
    const value = resolve(found[1] ?? "", context);
    if ("failed" in value) failed = failed === "unresolved" ? failed : value.failed;
    else {
      pattern.push(...withWildcards(before), ...literal(value.text));
      text += before + value.text;
    }
  }
  if (failed) return failed;
  const rest = written.slice(from);
  return { pattern: [...pattern, ...withWildcards(rest)], text: text + rest };
}

/** A value in which nothing is filled in. */
export function withoutVariables(written: string): Wanted {
  return { pattern: withWildcards(written), text: written };
}

function resolve(name: string, context: Context): { text: string } | { failed: "unresolved" | "unknown" } {
  if (name === "*" || name === "?" || name === "$") return { text: name };
  const [, key = name.trim(), otherwise] = WITH_DEFAULT.exec(name) ?? [];
  const found = context.get(key);
  // A key that can have several values cannot be a variable.
  const [value, ...others] = found?.multivalued ? [] : (found?.values ?? []);
  if (found?.more && !found.multivalued) return { failed: "unknown" };
  if (value !== undefined && others.length === 0) return { text: value };
  return otherwise === undefined ? { failed: "unresolved" } : { text: otherwise };
}
