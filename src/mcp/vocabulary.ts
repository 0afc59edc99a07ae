import type { AnyTool } from "../call/types.ts";
import { instructionVariants } from "./instructions.ts";
import { resourceVocabulary } from "./resources-and-prompts.ts";
import { listTool } from "./tool-listing.ts";

/** Keys of our own answers and of MCP that are in no tool's schema. A test compares this list with the answers in the tests. */
const keys =
  "answer approved changes confirmation progressToken requestId reversible structuredContent unchanged requestedSchema properties planToken scanned recreate truncated";

/**
 * The words that this program itself writes to every client, each once. They are public, so the redactor keeps them even
 * if a secret contains them.
 */
export function publicVocabulary(tools: readonly AnyTool[]): string {
  const words = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") words.add(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value)) {
      if (!Array.isArray(value)) words.add(key);
      collect(entry);
    }
  };
  collect(tools.map(listTool));
  return JSON.stringify([keys, ...instructionVariants(tools), resourceVocabulary(), ...words]);
}
