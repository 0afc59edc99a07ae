/**
 * Wildcards and policy variables
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
 */

/** A value of a policy, with its variables filled in. Only wildcards of the policy's own text are wildcards. */
export interface Pattern {
  /** Texts and wildcards, in order. */
  readonly parts: readonly Part[];
}

type Part = string | typeof ANY | typeof ONE;

const ANY: unique symbol = Symbol("*");
const ONE: unique symbol = Symbol("?");

/** Gives the value of a variable; undefined if it has none. */
export type Variables = (name: string) => string | undefined;

const VARIABLE = /\$\{([^{}]*)\}/g;

/**
 * Fills in variables such as `${sts:RoleSessionName}`, with defaults such as `${aws:RequestTag/team, 'none'}`. `${*}`, `${?}`
 * and `${$}` stand for the character. Undefined if a variable without a default has no value: then nothing matches.
 */
export function fillIn(text: string, variables: Variables): Pattern | undefined {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(VARIABLE)) {
    parts.push(...wildcardsOf(text.slice(end, match.index)));
    const value = variableValue(match[1] ?? "", variables);
    if (value === undefined) return undefined;
    parts.push(value);
    end = match.index + match[0].length;
  }
  parts.push(...wildcardsOf(text.slice(end)));
  return { parts };
}

/** A text without variables. */
export function patternOf(text: string): Pattern {
  return { parts: wildcardsOf(text) };
}

function variableValue(inside: string, variables: Variables): string | undefined {
  if (inside === "*" || inside === "?" || inside === "$") return inside;
  const [, name, standard] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inside) ?? [];
  return name === undefined ? undefined : (variables(name) ?? standard);
}

function wildcardsOf(text: string): Part[] {
  return text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part): Part => (part === "*" ? ANY : part === "?" ? ONE : part));
}

/** The pattern as a plain text: wildcards are ordinary characters. */
export function textOf({ parts }: Pattern): string {
  return parts.map((part) => (part === ANY ? "*" : part === ONE ? "?" : part)).join("");
}

/** Whether the whole text matches: `*` stands for any number of characters, `?` for one. */
export function matchesPattern({ parts }: Pattern, text: string): boolean {
  const units = parts.flatMap((part): Part[] => (typeof part === "string" ? [...part] : [part]));
  const characters = [...text];
  // Greedy with one point to return to: the time is at most the product of the two lengths.
  let unit = 0;
  let at = 0;
  let lastAny = -1;
  let retryAt = 0;
  while (at < characters.length) {
    if (unit < units.length && units[unit] === ANY) {
      lastAny = unit;
      retryAt = at;
      unit += 1;
    } else if (unit < units.length && (units[unit] === ONE || units[unit] === characters[at])) {
      unit += 1;
      at += 1;
    } else if (lastAny >= 0) {
      retryAt += 1;
      at = retryAt;
      unit = lastAny + 1;
    } else {
      return false;
    }
  }
  return units.slice(unit).every((rest) => rest === ANY);
}

/** The pattern, split at each `:` of its texts, into at most `count` patterns. */
export function splitAtColons({ parts }: Pattern, count: number): Pattern[] {
  const found: Part[][] = [[]];
  for (const part of parts) {
    if (typeof part !== "string") {
      found.at(-1)?.push(part);
      continue;
    }
    let rest = part;
    for (let colon = rest.indexOf(":"); colon >= 0 && found.length < count; colon = rest.indexOf(":")) {
      found.at(-1)?.push(rest.slice(0, colon));
      found.push([]);
      rest = rest.slice(colon + 1);
    }
    found.at(-1)?.push(rest);
  }
  return found.map((own) => ({ parts: own.filter((part) => part !== "") }));
}

/** The pattern in lower case. */
export function lowerCase({ parts }: Pattern): Pattern {
  return { parts: parts.map((part) => (typeof part === "string" ? part.toLowerCase() : part)) };
}
