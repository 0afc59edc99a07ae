/** The answers of the fast start: the server's own, under the policy. */

import { approvalLevelOf, denialForTool, type Policy } from "../../guards/policy.ts";
import type { Effect } from "../../tools/tool.ts";
import { discoverResult, settledMembers } from "../discover.ts";
import { instructionsFor } from "../instructions.ts";
import { listResources } from "../resources/listing.ts";
import { knownRegions } from "../resources/regions.ts";
import { type InitializeRequest, isPlainRequest, isStatelessRequest, type PlainRequest } from "./forms.ts";

/** The server's answers to a host's first messages. The build gets them from the server itself (scripts/answers.ts). */
export interface FastStartAnswers {
  /** The supported MCP versions; the first is the one that the server proposes. */
  readonly versions: readonly string[];
  /** The result of `initialize`, without the instructions, which depend on the policy. */
  readonly initializeResult: {
    readonly capabilities: object;
    readonly serverInfo: { readonly name: string; readonly version: string };
  };
  readonly tools: readonly ToolEntry[];
  readonly prompts: readonly PromptEntry[];
  /** The result of `resources/templates/list`, in JSON. */
  readonly resourceTemplates: string;
  /** What a gated tool has more at level `two-step`, in JSON. */
  readonly planToken: string;
}

interface ToolEntry {
  readonly name: string;
  readonly effect: Effect;
  /** For a tool of which some calls may link logins or merge identities. */
  readonly links?: true;
  /** The tool as `tools/list` shows it, in JSON. */
  readonly listed: string;
  /** Where in `listed` the plan token stands at level `two-step`, for a tool that may need an approval. */
  readonly planTokenAt?: number;
}

interface PromptEntry {
  /** The tools without which the prompt is not listed. */
  readonly needs: readonly string[];
  /** The prompt as `prompts/list` shows it, in JSON. */
  readonly listed: string;
}

/** The settings on which the answers depend. */
export interface FastStartSettings {
  readonly policy: Policy;
  /** The region that the settings name. */
  readonly region: string | undefined;
}

/** Answers requests as the server does: the response in JSON, or undefined if the server must answer. */
export interface Answerer {
  initialize(request: InitializeRequest): string;
  /** `isInitialized` says whether there was an `initialize`. */
  answer(message: unknown, isInitialized: boolean): string | undefined;
}

/** Of the requests before `initialize`, only these are answered here. */
const beforeInitialize: readonly string[] = ["ping"];

export function createAnswerer(answers: FastStartAnswers, { policy, region }: FastStartSettings): Answerer {
  const { versions, initializeResult, tools, prompts, resourceTemplates, planToken } = answers;
  // With --reveal-credentials, there is no fast start.
  const instructions = instructionsFor({ tools, policy, reveals: false });

  /** The results that need nothing but the settings, by method, in JSON. */
  const results: Readonly<Record<string, () => string | undefined>> = {
    ping: () => "{}",
    "tools/list": () => `{"tools":[${listTools().join(",")}]}`,
    "prompts/list": () => `{"prompts":[${listPrompts().join(",")}]}`,
    "resources/templates/list": () => resourceTemplates,
    "resources/list": () => {
      // Other text of the settings is written by the server alone, which redacts it.
      const isPublic = !policy.pools && [...(policy.regions ?? [region ?? ""])].every(isKnownRegion);
      return isPublic ? JSON.stringify({ resources: listResources({ tools, policy, region }) }) : undefined;
    },
  };

  function listTools(): string[] {
    return tools
      .filter((tool) => !denialForTool(tool, policy))
      .map(({ listed, planTokenAt, ...tool }) =>
        planTokenAt !== undefined && approvalLevelOf(tool, policy) === "two-step"
          ? `${listed.slice(0, planTokenAt)}${planToken}${listed.slice(planTokenAt)}`
          : listed,
      );
  }

  function listPrompts(): string[] {
    const allowed = new Set(tools.filter((tool) => !denialForTool(tool, policy)).map(({ name }) => name));
    return prompts.filter(({ needs }) => needs.every((tool) => allowed.has(tool))).map(({ listed }) => listed);
  }

  function resultOf(method: string): string | undefined {
    return Object.hasOwn(results, method) ? results[method]?.() : undefined;
  }

  function statelessAnswer({ id, method }: PlainRequest): string | undefined {
    const settled = settledMembers(initializeResult.serverInfo);
    if (method === "server/discover")
      return JSON.stringify({ jsonrpc: "2.0", id, result: discoverResult({ ...initializeResult, instructions }) });
    const result = method === "ping" ? undefined : resultOf(method);
    return (
      result &&
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result.slice(0, -1)},${JSON.stringify(settled).slice(1)}}`
    );
  }

  return {
    initialize({ id, params: { protocolVersion: asked } }) {
      const protocolVersion = versions.includes(asked) ? asked : versions[0];
      return JSON.stringify({ result: { ...initializeResult, protocolVersion, instructions }, jsonrpc: "2.0", id });
    },
    answer(message, isInitialized) {
      if (isStatelessRequest(message)) return statelessAnswer(message);
      if (!isPlainRequest(message) || !(isInitialized || beforeInitialize.includes(message.method))) return undefined;
      const result = resultOf(message.method);
      return result && `{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(message.id)}}`;
    },
  };
}

/** A known region, or none. */
function isKnownRegion(region: string): boolean {
  return region === "" || knownRegions.includes(region);
}
