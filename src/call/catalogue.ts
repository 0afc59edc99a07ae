import { type Refusal, refuse } from "../guards/refusal.ts";
import { reports } from "../reports/catalogue.ts";
import type { Report } from "../reports/report.ts";
import { wholePool } from "../reports/whole-pool.ts";
import { catalogue } from "../tools/catalogue.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import type { AnyTool } from "./types.ts";

/** All tools: the operations of AWS, then the reports. */
export const everyTool: readonly AnyTool[] = [...catalogue, ...reports];

/** The tool with this name, or the refusal of a call of it. */
export function findTool(name: string, tools: readonly AnyTool[]): AnyTool | Refusal {
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  const names = tools.map((tool) => tool.name);
  return refuse(`There is no such tool.${didYouMean(name, names)}`, `The tools are ${names.join(", ")}.`);
}
/** The report that answers a tool's call with `everything`, by the name of the tool. */
export const wholeViews: ReadonlyMap<string, Report> = new Map([[wholePool.name, wholePool]]);
