/**
 * Prints the tools that a model sees, with their tokens. With a revision of git as argument, it also prints what changed since then, from
 * the schema files that are under review.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { everyTool } from "../src/call/catalogue.ts";
import { instructionVariants } from "../src/mcp/instructions.ts";
import { listTool } from "../src/mcp/tool-listing.ts";
import { countTokens, toolTokens } from "./tokens.ts";

const SCHEMAS = "test/tools/schemas";

const now = new Map(everyTool.map((tool) => [tool.name, listTool(tool)]));
const [base] = process.argv.slice(2);
const before = base === undefined ? undefined : toolsAt(base);

const rows = [...now.values()].map((tool) => {
  const tokens = toolTokens(tool);
  const old = before?.get(tool.name);
  return [tool.name, String(tokens), ...(before ? [changeOf(tokens, old && toolTokens(old))] : [])];
});
const total = sum([...now.values()]);
print([
  ["TOOL", "TOKENS", ...(before ? ["CHANGE"] : [])],
  ...rows,
  [`${now.size} tools`, String(total), ...(before ? [changeOf(total, sum([...before.values()]))] : [])],
  ["instructions", String(countTokens(instructionVariants(everyTool)[0] ?? ""))],
]);
if (before) describeChanges(before);

function sum(tools: readonly Tool[]): number {
  return tools.reduce((tokens, tool) => tokens + toolTokens(tool), 0);
}

function changeOf(tokens: number, old: number | undefined): string {
  if (old === undefined) return "new";
  return tokens === old ? "" : `${tokens > old ? "+" : ""}${tokens - old}`;
}

function print(table: readonly (readonly string[])[]): void {
  const width = Math.max(...table.map(([name = ""]) => name.length));
  for (const [name = "", tokens = "", change = ""] of table)
    console.log(`${name.padEnd(width)}  ${tokens.padStart(6)}  ${change.padStart(6)}`.trimEnd());
}

/** The tools of a revision. Throws for one that git does not know, and for one without schema files. */
function toolsAt(revision: string): Map<string, Tool> {
  const names = git("ls-tree", "--name-only", revision, `${SCHEMAS}/`)
    .split("\n")
    .filter((name) => name !== "");
  if (names.length === 0) throw new Error(`${revision} has no ${SCHEMAS}: choose a later revision.`);
  const tools = names.map((name) => JSON.parse(git("show", `${revision}:${name}`)) as Tool);
  return new Map(tools.map((tool) => [tool.name, tool]));
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Prints the difference of the schema files, as git shows it. */
function describeChanges(old: ReadonlyMap<string, Tool>): void {
  const removed = [...old.keys()].filter((name) => !now.has(name));
  if (removed.length > 0) console.log(`\nRemoved: ${removed.join(", ")}`);
  if (!existsSync(SCHEMAS)) throw new Error(`${SCHEMAS} is missing: run npx vitest run test/tools/contract.test.ts`);
  const changes = git("diff", base ?? "HEAD", "--", SCHEMAS);
  console.log(changes === "" ? "\nNo schema changed." : `\n${changes}`);
}
