import { type Level, levels, stricterLevel } from "../guards/policy.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { readJson } from "./values.ts";

/** The properties of a tool that rules can name. */
export interface NamedTool {
  readonly name: string;
  readonly effect: string;
}

type Rule = readonly [name: string, level: unknown];

/** Combines the rules from flag, environment and file. The strictest rule for a name wins. */
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
          )} To list tools and effects, run: cognito-identity-mcp tools`,
        );
      const plans = meant.every(({ effect }) => effect === "update" || effect === "delete");
      const possible = levels.filter((level) => plans || level === "off" || level === "deny");
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
    throw new UserError("settings", `--policy-file ${path} must contain a JSON object, such as {"delete": "human"}.`);
  const rules = Object.entries(document);
  // JSON.parse keeps the last of two members with the same name, which can be the less strict rule.
  if ((text.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? []).length > rules.length)
    throw new UserError("settings", `--policy-file ${path} contains two rules with the same name. Remove one of them.`);
  return rules;
}
