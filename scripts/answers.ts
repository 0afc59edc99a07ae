import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { type JSONRPCMessage, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/sdk/types.js";
import packageJson from "../package.json" with { type: "json" };
import { createAws } from "../src/aws/clients.ts";
import { everyTool } from "../src/call/catalogue.ts";
import { createPace } from "../src/call/lists/pace.ts";
import { createChangeLock } from "../src/guards/change-lock.ts";
import { createConcurrency } from "../src/guards/concurrency.ts";
import { createAccountMemory } from "../src/guards/logins/account-memory.ts";
import { createLoginReferences } from "../src/guards/logins/references.ts";
import { createRedactor } from "../src/guards/redaction/redactor.ts";
import { DEFAULT_ANSWER_BYTES } from "../src/guards/response-size.ts";
import { createScreen } from "../src/guards/screen.ts";
import type { FastStartAnswers } from "../src/mcp/fast-start/answers.ts";
import { prompts } from "../src/mcp/prompts/catalogue.ts";
import { listPrompt } from "../src/mcp/resources-and-prompts.ts";
import { listTool } from "../src/mcp/tool-listing.ts";
import { publicVocabulary } from "../src/mcp/vocabulary.ts";
import { createMcpServer } from "../src/server.ts";
import { canLink, isGated } from "../src/tools/kinds.ts";
import { type GatedTool, type LinkingTool, withPlanToken } from "../src/tools/tool.ts";

/** What the source declares and the build defines: the first answers, and the words that are never redacted. In the form of esbuild. */
export async function makeDefinitions(): Promise<Record<"ANSWERS" | "PUBLIC_VOCABULARY", string>> {
  return {
    ANSWERS: JSON.stringify(await makeAnswers()),
    PUBLIC_VOCABULARY: JSON.stringify(publicVocabulary(everyTool)),
  };
}

/** What the server answers to a host's first messages, for `src/mcp/fast-start` to answer in its place. */
async function makeAnswers(): Promise<FastStartAnswers> {
  const ask = await connect();
  const [protocolVersion = ""] = SUPPORTED_PROTOCOL_VERSIONS;
  const clientInfo = { name: "build", version: "1" };
  // The fast start writes the instructions itself, because they depend on the policy.
  const { instructions: _, ...initializeResult } = await ask("initialize", {
    protocolVersion,
    capabilities: {},
    clientInfo,
  });
  return {
    versions: SUPPORTED_PROTOCOL_VERSIONS,
    initializeResult: initializeResult as FastStartAnswers["initializeResult"],
    tools: everyTool.map((tool) => ({
      name: tool.name,
      effect: tool.effect,
      listed: JSON.stringify(listTool(tool)),
      ...(canLink(tool) && { links: true }),
      ...((isGated(tool) || canLink(tool)) && { planTokenAt: planTokenIn(tool) }),
    })),
    planToken: PLAN_TOKEN,
    prompts: prompts.map((prompt) => ({ needs: prompt.needs, listed: JSON.stringify(listPrompt(prompt)) })),
    resourceTemplates: JSON.stringify(await ask("resources/templates/list")),
  };
}

/** What the listing of a tool has more at level `two-step`: the same for each. */
const PLAN_TOKEN = /,"planToken":\{[^}]*\}/.exec(twoStep(everyTool.find(isGated)))?.[0] ?? "";

function twoStep(tool: GatedTool | LinkingTool | undefined): string {
  if (!tool) throw new Error("there is no gated tool");
  return JSON.stringify(listTool(withPlanToken(tool)));
}

/** Where the plan token stands in the tool's listing at level `two-step`, which is otherwise the same. */
function planTokenIn(tool: GatedTool | LinkingTool): number {
  const at = twoStep(tool).indexOf(PLAN_TOKEN);
  const listed = JSON.stringify(listTool(tool));
  if (PLAN_TOKEN === "" || `${listed.slice(0, at)}${PLAN_TOKEN}${listed.slice(at)}` !== twoStep(tool))
    throw new Error(`At level two-step, the listing of ${tool.name} differs in more than the plan token.`);
  return at;
}

/** Connects to a server that has no AWS. Gives a function that makes a request and returns its result. */
async function connect(): Promise<(method: string, params?: object) => Promise<Record<string, unknown>>> {
  const redactor = createRedactor();
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({
    services: {
      renewals: createConcurrency(),
      changeLock: createChangeLock(),
      pace: createPace(),
      maxAnswerBytes: DEFAULT_ANSWER_BYTES,
      screen: createScreen({ redactor, onHit: () => {} }),
      tools: everyTool,
      policy: {
        readOnly: false,
        rules: new Map(),
        pools: undefined,
        regions: undefined,
        maxDeletedIdentities: { byIds: 1, bySelection: 1 },
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
    asking: { ways: new Set(), namesPage: false, pagePort: undefined, answerWithinMs: 1, callWaitMs: 1 },
  });
  await server.connect(theirs);
  await ours.start();
  return async (method, params = {}) => {
    const answer = new Promise<JSONRPCMessage>((resolve) => {
      ours.onmessage = resolve;
    });
    await ours.send({ jsonrpc: "2.0", id: 1, method, params: { ...params } });
    const response = await answer;
    if (!("result" in response)) throw new Error(`${method} was answered with ${JSON.stringify(response)}`);
    return response.result;
  };
}
