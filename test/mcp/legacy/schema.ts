/** The specification's own schemas of MCP up to 2025-11-25, against which messages of the server are checked. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { root } from "../../support/client.ts";

/** The revisions that have a published schema. */
export const revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] as const;

type Revision = (typeof revisions)[number];

interface Message {
  readonly method?: string;
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** The schema of the result of each request of a client. */
const results: Readonly<Record<string, string>> = {
  initialize: "InitializeResult",
  ping: "EmptyResult",
  "tools/list": "ListToolsResult",
  "tools/call": "CallToolResult",
  "prompts/list": "ListPromptsResult",
  "prompts/get": "GetPromptResult",
  "resources/list": "ListResourcesResult",
  "resources/templates/list": "ListResourceTemplatesResult",
  "resources/read": "ReadResourceResult",
  "completion/complete": "CompleteResult",
};

/**
 * A function that says what is wrong with a message of the server, in words; empty if nothing is. `method` is the one of the request
 * that it answers.
 */
export function checkerOf(revision: Revision): (message: Message, method: string | undefined) => string[] {
  const schema = JSON.parse(readFileSync(`${root}test/mcp/legacy/schema-${revision}.json`, "utf8"));
  // Formats such as `uri` are annotations here.
  const options = { strict: false, validateFormats: false } as const;
  const ajv = revision === "2025-11-25" ? new Ajv2020(options) : new Ajv(options);
  ajv.addSchema(schema, "mcp");
  const [definitions, response, failure] =
    revision === "2025-11-25"
      ? ["$defs", "JSONRPCResultResponse", "JSONRPCErrorResponse"]
      : ["definitions", "JSONRPCResponse", "JSONRPCError"];

  function problemsIn(value: unknown, name: string): string[] {
    const validate = ajv.getSchema(`mcp#/${definitions}/${name}`);
    if (!validate) return [`no schema ${name}`];
    return validate(value) ? [] : [`${name}: ${ajv.errorsText(validate.errors)}`];
  }

  return (message, method) => {
    if (message.method !== undefined) {
      const isRequest = message.id !== undefined;
      return [
        ...problemsIn(message, isRequest ? "JSONRPCRequest" : "JSONRPCNotification"),
        ...problemsIn(message, isRequest ? "ServerRequest" : "ServerNotification"),
      ];
    }
    if (message.error !== undefined) return problemsIn(message, failure ?? "");
    const name = results[method ?? ""];
    if (name === undefined) return [`no schema for the answer to ${method}`];
    return [...problemsIn(message, response ?? ""), ...problemsIn(message.result, name)];
  };
}
