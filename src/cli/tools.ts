/** The command `tools`: lists the tools that a host gets with the given options. */
import type { AnyTool } from "../call/types.ts";
import { approvalLevelOf, denialForTool, NO_APPROVAL, type Policy } from "../guards/policy.ts";
import { canLink, isGated } from "../tools/kinds.ts";
import { type Screen, styled } from "./terminal/plan-display.ts";
import { truncateLine, widthOf } from "./terminal/wrap.ts";

/** If fewer columns remain for the summary, it gets its own line. */
const MIN_SUMMARY = 30;

const FOOTNOTE = [
  "* Only for calls that may link logins or merge identities.",
  "  Other calls of the tool need no approval.",
];

/** Shows the name, effect, level and summary of every tool that the policy does not hide. */
export function showTools(tools: readonly AnyTool[], policy: Policy, screen: Screen & NodeJS.WritableStream): void {
  const served = tools.filter((tool) => !denialForTool(tool, policy));
  if (served.length === 0) {
    screen.write("No tools are served with these options.\n");
    return;
  }
  const names = Math.max(...served.map(({ name }) => name.length));
  const width = widthOf(screen);
  const levels = NO_APPROVAL.length;
  const head = names + "  delete  ".length + levels + 2;
  const narrow = width - head < MIN_SUMMARY;
  const heading = `${"TOOL".padEnd(names)}  EFFECT  ${"LEVEL".padEnd(levels)}${narrow ? "" : "  SUMMARY"}`.trimEnd();
  screen.write(`${styled("bold", truncateLine(heading, width), screen)}\n`);
  for (const tool of served) {
    const level =
      isGated(tool) || canLink(tool) ? `${approvalLevelOf(tool, policy)}${canLink(tool) ? "*" : ""}` : NO_APPROVAL;
    const facts = `${tool.name.padEnd(names)}  ${tool.effect.padEnd(6)}  ${level.padEnd(levels)}`;
    const shown = /^(?:human|passkey)/.test(level) ? styled("yellow", facts, screen) : facts;
    if (narrow) screen.write(`${truncateLine(facts.trimEnd(), width)}\n    ${truncateLine(tool.summary, width - 4)}\n`);
    else screen.write(`${shown}  ${truncateLine(tool.summary, width - head)}\n`);
  }
  if (served.some(canLink)) for (const line of FOOTNOTE) screen.write(`${truncateLine(line, width)}\n`);
}
