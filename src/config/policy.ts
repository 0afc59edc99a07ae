import { type Level, levels, stricterLevel } from "../guards/policy.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { readJson } from "./values.ts";

/** A tool as far as rules name it. */
export interface NamedTool {
  readonly name: string;
  readonly effect: string;
}

type Rule = readonly [name: string, level: unknown];

/** All rules hold, whether from flag, environment or file: of several for one name, the strictest. */
export function readRules(
  sources: readonly (readonly [source: string, rules: readonly Rule[]])[],
  tools: readonly NamedTool[],
): ReadonlyMap<string, Level> {
  const found = new Map<string, Level>();
  for (const [source, rules] of sources) {
    for (const [name, said] of rules) {
      const meant = tools.filter((tool) => tool.name === name || tool.effect === name);
      if (meant.length === 0)
        throw new UserError(
          "settings",
          `${source} has a rule for ${JSON.stringify(name)}, which is neither a tool nor an effect.${didYouMean(
            name,
            tools.flatMap((tool) => [tool.name, tool.effect]),
          )}`,
        );
      const plans = meant.every(({ effect }) => effect === "update" || effect === "delete");
      const possible = levels.filter((level) => plans || level === "off" || level === "deny");
      const level = possible.find((one) => one === said);
      if (level === undefined)
        throw new UserError(
          "settings",
          `${source} sets ${name} to ${JSON.stringify(said)}; it must be ${possible.join(", ")}.`,
        );
      found.set(name, stricterLevel(level, found.get(name) ?? level));
    }
  }
  return found;
}

export function parseRules(text: string | undefined): Rule[] {
  if (text === undefined) return [];
  return text.split(",").map((rule) => {
    const [name = "", ...level] = rule.split("=");
    return [name.trim(), level.join("=").trim()];
  });
}

export function readRulesFile(path: string): Rule[] {
  const { text, document } = readJson("--policy-file", path);
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new UserError("settings", `--policy-file ${path} must hold a JSON object, such as {"delete": "human"}.`);
  const rules = Object.entries(document);
  // JSON keeps the last of two members with one name, which may be the looser rule.
  if ((text.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? []).length > rules.length)
    throw new UserError("settings", `--policy-file ${path} has two rules of one name.`);
  return rules;
}
