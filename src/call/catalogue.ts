import { reports } from "../reports/catalogue.ts";
import { catalogue } from "../tools/catalogue.ts";
import type { AnyTool } from "./types.ts";

/** All tools: the operations of AWS, then the reports. */
export const everyTool: readonly AnyTool[] = [...catalogue, ...reports];
