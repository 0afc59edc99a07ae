import { type Level, levels, stricterLevel } from "../guards/policy.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { isRecord } from "../util/json.ts";
import { UserError } from "../util/user-error.ts";
import { readJson } from "./values.ts";

/** The properties of a tool that rules can name. */
export interface NamedTool {
  readonly name: string;
  readonly effect: string;
}

type Rule = readonly [name: string, level: unknown];

/**
 * Combines the rules from flag, environment and file. The strictest rule for a name wins. `command` runs this program from a
 * shell. Raises UserError.
 */
export function readRules(
  sources: readonly (readonly [source: string, rules: readonly Rule[]])[],
  tools: readonly NamedTool[],
  command: string,
): ReadonlyMap<string, Level> {
  const found = new Map<string, Level>();
  for (const [source, rules] of sources) {
    for (const [name, said] of rules) {
      const meant = tools.filter((tool) => tool.name === name || tool.effect === name);
      if (meant.length === 0)
        throw new UserError(
          "settings",
          `${source} has a rule for ${JSON.stringify(name)}, which is neither a tool nor an effect.`,
          `${didYouMean(
            name,
            tools.flatMap((tool) => [tool.name, tool.effect]),
          )} To list tools and effects, run: ${command} tools`.trim(),
        );
      const plans = meant.every(({ effect }) => effect === "update" || effect === "delete");
      const possible = levels.filter((level) => plans || level === "off" || level === "deny");
      if (said === undefined)
        throw new UserError(
          "settings",
          `${source}: the rule ${JSON.stringify(name)} has no level.`,
          `Write ${name}=LEVEL, with ${possible.join(", ").replace(/, (\S+)$/, " or $1")}.`,
        );
      const level = possible.find((one) => one === said);
      if (level === undefined)
        throw new UserError(
          "settings",
          `${source} sets ${name} to ${JSON.stringify(said)}; it must be one of ${possible.join(", ")}.`,
        );
      found.set(name, stricterLevel(level, found.get(name) ?? level));
    }
  }
  return found;
}

/** The rules of `NAME=LEVEL,NAME=LEVEL`; the level of a rule without one is undefined. Raises UserError for a rule without a name. */
export function parseRules(source: string, text: string | undefined): Rule[] {
  if (text === undefined) return [];
  return text.split(",").map((rule) => {
    const [, name = "", level = ""] = /^([^=]*)=?(.*)$/s.exec(rule) ?? [];
    if (name.trim() === "")
      throw new UserError(
        "settings",
        `${source} contains a rule without a name.`,
        `Write NAME=LEVEL, such as delete=deny.`,
      );
    return [name.trim(), level.trim() || undefined];
  });
}

/** The rules in a file. `source` is the flag or the variable that names it. Raises UserError. */
export function readRulesFile(source: string, path: string): Rule[] {
  const { text, document } = readJson(source, path);
  if (!isRecord(document))
    throw new UserError(
      "settings",
      `${source} ${path} must contain a JSON object, such as {"delete": "human"}.`,
      "Correct the file.",
    );
  // JSON.parse keeps the last of two members with the same name, which can be the less strict rule.
  const names = [...text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)].flatMap(([, name = "", colon]) =>
    colon === undefined ? [] : [JSON.parse(name) as string],
  );
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined)
    throw new UserError(
      "settings",
      `${source} ${path} contains two rules for ${JSON.stringify(twice)}.`,
      "Remove one of them.",
    );
  return Object.entries(document);
}
