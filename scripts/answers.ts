import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { type JSONRPCMessage, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/sdk/types.js";
import packageJson from "../package.json" with { type: "json" };
import { createAws } from "../src/aws/clients.ts";
import { createPlanTokens } from "../src/guards/approval/plan-tokens.ts";
import { createAdmission } from "../src/guards/concurrency.ts";
import { createRedactor } from "../src/guards/redaction/redactor.ts";
import type { Answers } from "../src/mcp/fast-start.ts";
import { createFace, fixedWords, list } from "../src/server.ts";
import { catalogue } from "../src/tools/catalogue.ts";
import { isGated, takingPlanToken } from "../src/tools/tool.ts";

/** What the server answers to what every host says first: its own words, for `src/mcp/fast-start.ts` to say in its place. */
export async function makeAnswers(): Promise<Answers> {
  return {
    versions: SUPPORTED_PROTOCOL_VERSIONS,
    hello: await sayHello(),
    words: fixedWords(catalogue),
    tools: catalogue.map((tool) => ({
      name: tool.name,
      effect: tool.effect,
      listed: JSON.stringify(list(tool)),
      ...(isGated(tool) && { twoStep: JSON.stringify(list(takingPlanToken(tool))) }),
    })),
  };
}

async function sayHello(): Promise<object> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const face = createFace({
    house: {
      tools: catalogue,
      policy: {
        readOnly: false,
        rules: new Map(),
        pools: undefined,
        regions: undefined,
        mostDeletedIdentities: 1,
      },
      aws: createAws({}),
      redactor: createRedactor(),
      planTokens: createPlanTokens(),
      admission: createAdmission(),
      onFault: (error) => {
        throw error;
      },
    },
    version: packageJson.version,
    answerWithinMs: 1,
  });
  await face.connect(theirs);
  const answer = new Promise<JSONRPCMessage>((resolve) => {
    ours.onmessage = resolve;
  });
  await ours.start();
  const [protocolVersion = ""] = SUPPORTED_PROTOCOL_VERSIONS;
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: "build", version: "1" } };
  await ours.send({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const said = await answer;
  if (!("result" in said)) throw new Error(`initialize was answered with ${JSON.stringify(said)}`);
  return said.result;
}
