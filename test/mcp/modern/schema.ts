/** The specification's own schema of MCP 2026-07-28, against which messages of the server are checked. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { root } from "../../support/client.ts";

const schema = JSON.parse(readFileSync(`${root}test/mcp/modern/schema-2026-07-28.json`, "utf8"));
// Formats such as `uri` are annotations here.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(schema, "mcp");

/** The schema of the answer to each request of a client. */
const answers: Readonly<Record<string, string>> = {
  "server/discover": "DiscoverResultResponse",
  "tools/list": "ListToolsResultResponse",
  "tools/call": "CallToolResultResponse",
  "prompts/list": "ListPromptsResultResponse",
  "prompts/get": "GetPromptResultResponse",
  "resources/list": "ListResourcesResultResponse",
  "resources/templates/list": "ListResourceTemplatesResultResponse",
  "resources/read": "ReadResourceResultResponse",
  "completion/complete": "CompleteResultResponse",
  "subscriptions/listen": "SubscriptionsListenResultResponse",
};

const errors: Readonly<Record<number, string>> = {
  [-32022]: "UnsupportedProtocolVersionError",
};

interface Message {
  readonly method?: string;
  readonly error?: { readonly code: number };
}

/** What is wrong with a message of the server, in words; empty if nothing is. `method` is the one of the request that it answers. */
export function problemsOf(message: Message, method: string | undefined): string[] {
  const name = message.method
    ? "ServerNotification"
    : message.error
      ? (errors[message.error.code] ?? "JSONRPCErrorResponse")
      : answers[method ?? ""];
  if (name === undefined) return [`no schema for the answer to ${method}`];
  const validate = ajv.getSchema(`mcp#/$defs/${name}`);
  if (!validate) return [`no schema ${name}`];
  if (validate(message)) return [];
  return [`${name}: ${ajv.errorsText(validate.errors)}`];
}
