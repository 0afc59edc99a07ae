import type { AnyTool } from "../call/types.ts";
import { META, MODERN_VERSIONS } from "./era.ts";
import { instructionVariants } from "./instructions.ts";
import { resourceVocabulary } from "./resources-and-prompts.ts";
import { listTool } from "./tool-listing.ts";

/** Keys of our own answers and of MCP that are in no tool's schema. A test compares this list with the answers in the tests. */
const keys =
  "answer approved aws changes confirmation progressToken requestId reversible structuredContent unchanged requestedSchema properties planToken scanned recreate truncated matched groups names count gone notRead paths attention severity finding about roleMappings principalTags identities providers reason rules";

/** Words of MCP since 2026-07-28 that stand in messages of every client or in answers to it. */
const protocolWords = [
  ...Object.values(META),
  ...MODERN_VERSIONS,
  "server/discover subscriptions/listen notifications/subscriptions/acknowledged elicitation/create",
  "resultType complete input_required inputRequests inputResponses requestState supportedVersions ttlMs cacheScope private",
  "resourcesListChanged toolsListChanged promptsListChanged resourceSubscriptions notifications",
].join(" ");

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
  return JSON.stringify([keys, protocolWords, ...instructionVariants(tools), resourceVocabulary(), ...words]);
}
