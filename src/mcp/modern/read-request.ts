/** Checks a request of the modern era: its `_meta`, its method, its parameters. */
import {
  CallToolRequestSchema,
  ClientCapabilitiesSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ImplementationSchema,
  type JSONRPCRequest,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type ProgressToken,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { isRecord } from "../../util/json.ts";
import { META, MODERN_VERSIONS } from "../era.ts";

/** Codes of JSON-RPC 2.0 and of MCP. */
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const UNSUPPORTED_VERSION = -32022;

/** An error in the place of a result. */
export interface RequestProblem {
  readonly code: number;
  readonly message: string;
  readonly data?: object;
}

/** What `_meta` says of the client, for this request alone. */
export interface RequestMeta {
  /** Whether the client shows forms. */
  readonly hasForms: boolean;
  /** Whether the client shows addresses. */
  readonly hasLinks: boolean;
  readonly progressToken: ProgressToken | undefined;
}

const ListenRequestSchema = z.object({
  method: z.literal("subscriptions/listen"),
  params: z.object({
    notifications: z.object({
      toolsListChanged: z.boolean().optional(),
      promptsListChanged: z.boolean().optional(),
      resourcesListChanged: z.boolean().optional(),
      resourceSubscriptions: z.array(z.string()).optional(),
    }),
  }),
});

const DiscoverRequestSchema = z.object({ method: z.literal("server/discover") });

/** What a client adds to a request that it makes again with answers. */
const replyMembers = z.object({
  inputResponses: z.record(z.string(), z.unknown()).optional(),
  requestState: z.string().optional(),
});

/** The requests with which a client can bring answers. */
const ANSWERING: readonly string[] = ["tools/call", "prompts/get", "resources/read"];

interface Schema {
  safeParse(value: unknown): { readonly error?: z.core.$ZodError | undefined };
}

/** The schemas are those of the older era: the parameters are the same, but for `_meta` and the answers. */
const methods = new Map<string, Schema>([
  ["server/discover", DiscoverRequestSchema],
  ["tools/list", ListToolsRequestSchema],
  ["tools/call", CallToolRequestSchema],
  ["prompts/list", ListPromptsRequestSchema],
  ["prompts/get", GetPromptRequestSchema],
  ["resources/list", ListResourcesRequestSchema],
  ["resources/templates/list", ListResourceTemplatesRequestSchema],
  ["resources/read", ReadResourceRequestSchema],
  ["completion/complete", CompleteRequestSchema],
  ["subscriptions/listen", ListenRequestSchema],
]);

export function readRequest(request: JSONRPCRequest): RequestMeta | RequestProblem {
  const { method, params } = request;
  const given = params?.["_meta"];
  const meta = isRecord(given) ? given : {};
  const version = meta[META.version];
  if (typeof version === "string" && !MODERN_VERSIONS.includes(version))
    return {
      code: UNSUPPORTED_VERSION,
      message: "Unsupported protocol version",
      data: { supported: MODERN_VERSIONS, requested: version },
    };
  if (typeof version !== "string") return invalidMeta(META.version);
  const capabilities = ClientCapabilitiesSchema.safeParse(meta[META.capabilities]);
  if (!capabilities.success) return invalidMeta(META.capabilities);
  if (Object.hasOwn(meta, META.clientInfo) && !ImplementationSchema.safeParse(meta[META.clientInfo]).success)
    return invalidMeta(META.clientInfo);
  const schema = methods.get(method);
  if (!schema) return { code: METHOD_NOT_FOUND, message: "Method not found" };
  const replied = ANSWERING.includes(method) ? replyMembers.safeParse(params).error?.issues : undefined;
  const issues = schema.safeParse(request).error?.issues.map(({ path }) => path) ?? [];
  const paths = [...issues, ...(replied ?? []).map(({ path }) => ["params", ...path])];
  if (paths.length > 0) return invalidParams(method, paths);
  return {
    hasForms: capabilities.data.elicitation?.form !== undefined,
    hasLinks: capabilities.data.elicitation?.url !== undefined,
    progressToken: meta["progressToken"],
  };
}

/** The invalid members, only to the depth that MCP itself defines. */
function invalidParams(method: string, paths: readonly (readonly PropertyKey[])[]): RequestProblem {
  const named = [...new Set(paths.map((path) => path.slice(0, 2).join(".")))].join(", ");
  return { code: INVALID_PARAMS, message: `The params of ${method} are invalid: ${named}.` };
}

function invalidMeta(key: string): RequestProblem {
  return { code: INVALID_PARAMS, message: `_meta of the request has no valid ${key}.` };
}
