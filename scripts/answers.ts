import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { type JSONRPCMessage, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/sdk/types.js";
import packageJson from "../package.json" with { type: "json" };
import { createAws } from "../src/aws/clients.ts";
import { everyTool } from "../src/call/catalogue.ts";
import { createChangeLock } from "../src/guards/change-lock.ts";
import { createConcurrency } from "../src/guards/concurrency.ts";
import { createAccountMemory } from "../src/guards/logins/account-memory.ts";
import { createLoginReferences } from "../src/guards/logins/references.ts";
import { createRedactor } from "../src/guards/redaction/redactor.ts";
import { createScreen } from "../src/guards/screen.ts";
import type { FastStartAnswers } from "../src/mcp/fast-start.ts";
import { listTool } from "../src/mcp/tool-listing.ts";
import { publicVocabulary } from "../src/mcp/vocabulary.ts";
import { createMcpServer } from "../src/server.ts";
import { canLink, isGated, withPlanToken } from "../src/tools/tool.ts";

/** What the server answers to a host's first messages, for `src/mcp/fast-start.ts` to answer in its place. */
export async function makeAnswers(): Promise<FastStartAnswers> {
  return {
    versions: SUPPORTED_PROTOCOL_VERSIONS,
    initializeResult: await initializeResult(),
    publicVocabulary: publicVocabulary(everyTool),
    tools: everyTool.map((tool) => ({
      name: tool.name,
      effect: tool.effect,
      listed: JSON.stringify(listTool(tool)),
      ...(canLink(tool) && { links: true }),
      ...((isGated(tool) || canLink(tool)) && { twoStep: JSON.stringify(listTool(withPlanToken(tool))) }),
    })),
  };
}

/** The result of `initialize` without the instructions, asked of a server that has no client and no AWS. */
async function initializeResult(): Promise<object> {
  const redactor = createRedactor();
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({
    services: {
      renewals: createConcurrency(),
      changeLock: createChangeLock(),
      screen: createScreen({ redactor, onHit: () => {} }),
      tools: everyTool,
      policy: {
        readOnly: false,
        rules: new Map(),
        pools: undefined,
        regions: undefined,
        maxDeletedIdentities: 1,
      },
      aws: createAws({}),
      redactor,
      concurrency: createConcurrency(),
      loginReferences: createLoginReferences({ references: new Map(), only: true }),
      accountMemory: createAccountMemory(),
      onFault: (error) => {
        throw error;
      },
    },
    version: packageJson.version,
    asking: { ways: new Set(), answerWithinMs: 1, callWaitMs: 1 },
  });
  await server.connect(theirs);
  const answer = new Promise<JSONRPCMessage>((resolve) => {
    ours.onmessage = resolve;
  });
  await ours.start();
  const [protocolVersion = ""] = SUPPORTED_PROTOCOL_VERSIONS;
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: "build", version: "1" } };
  await ours.send({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const response = await answer;
  if (!("result" in response)) throw new Error(`initialize was answered with ${JSON.stringify(response)}`);
  // The fast start writes the instructions itself, because they depend on the policy.
  const { instructions: _, ...result } = response.result;
  return result;
}
