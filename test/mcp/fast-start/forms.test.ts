/** What the fast start takes: only what MCP's own schemas take, and answered as the server answers it. */
import {
  InitializedNotificationSchema,
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  type JSONRPCRequest,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  PingRequestSchema,
  RootsListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isInitializeRequest,
  isPlainNotification,
  isPlainRequest,
  isStatelessRequest,
} from "../../../src/mcp/fast-start/forms.ts";
import { readRequest } from "../../../src/mcp/modern/read-request.ts";
import { run, withoutFastStart } from "./compare.ts";

/** Any of the values, or now and then something else. */
function mostly<Value>(...values: readonly Value[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 25, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 1, "x", true, {}, { x: 1 }, { listChanged: 1 }) },
  );
}

function members(forms: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: string[] = []) {
  return fc.record(forms, { requiredKeys, noNullPrototype: true });
}

const capabilities = members({
  roots: mostly<unknown>({}, { listChanged: true }, { other: 1 }),
  sampling: mostly<unknown>({}, { context: {} }, { tools: [] }, { other: 1 }),
  elicitation: mostly<unknown>({}, { form: {}, url: {} }, { form: { applyDefaults: true, other: [] } }, { other: 1 }),
  experimental: mostly<unknown>({}, { x: {} }, { x: [] }, JSON.parse('{"__proto__":{}}')),
  extensions: mostly<unknown>({}, { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html"] } }),
  tasks: mostly<unknown>({}, { list: {}, requests: {} }, { requests: { sampling: { createMessage: {} }, other: 1 } }),
  tools: mostly<unknown>(true, {}),
  other: mostly<unknown>(null, "x"),
});

const meta = mostly<unknown>(
  {},
  { progressToken: 1 },
  { progressToken: "a", other: null },
  { progressToken: 1.5 },
  { "io.modelcontextprotocol/related-task": { taskId: "x" } },
  { "io.modelcontextprotocol/related-task": {} },
  { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
);

const icon = mostly<unknown>(
  { src: "https://example.com/icon.png" },
  { src: "data:", mimeType: "image/png", sizes: ["any"], theme: "dark" },
  { src: "x", other: 1 },
);

const wrongIcon = fc.constantFrom<unknown>(
  { mimeType: "image/png" },
  { src: "x", theme: "blue" },
  { src: "x", sizes: [1] },
);

const clientInfo = {
  name: mostly("a"),
  version: mostly("1"),
  title: mostly("b"),
  description: mostly("Größe “x”"),
  websiteUrl: mostly("https://example.com", "not a URL"),
  icons: fc.oneof(
    { weight: 8, arbitrary: fc.array(icon, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(wrongIcon, { maxLength: 1 }) },
  ),
  other: mostly(1),
};

const initializeParams = members(
  {
    protocolVersion: mostly("2025-11-25", "2024-11-05", "1999-01-01", "2026-07-28"),
    capabilities: fc.oneof({ weight: 20, arbitrary: capabilities }, { weight: 1, arbitrary: mostly({}) }),
    clientInfo: fc.oneof(
      { weight: 20, arbitrary: members(clientInfo, ["name", "version"]) },
      { weight: 1, arbitrary: members(clientInfo) },
    ),
    _meta: meta,
    task: mostly({}, { ttl: 1 }),
    other: mostly(1),
  },
  ["protocolVersion", "capabilities", "clientInfo"],
);

const listParams = mostly<unknown>(
  undefined,
  {},
  { other: 1 },
  { cursor: "x" },
  { cursor: 1 },
  { _meta: {} },
  { _meta: { progressToken: 0 } },
  { _meta: { progressToken: {} } },
  { _meta: { "io.modelcontextprotocol/related-task": {} } },
  { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } },
  { task: {} },
);

const plain = {
  ping: PingRequestSchema,
  "prompts/list": ListPromptsRequestSchema,
  "resources/list": ListResourcesRequestSchema,
  "resources/templates/list": ListResourceTemplatesRequestSchema,
  "tools/list": ListToolsRequestSchema,
};

const plainMethods = Object.keys(plain) as (keyof typeof plain)[];

const notifications = {
  "notifications/initialized": InitializedNotificationSchema,
  "notifications/roots/list_changed": RootsListChangedNotificationSchema,
};

const notificationMethods = Object.keys(notifications) as (keyof typeof notifications)[];

/** What the fast start answers since 2026-07-28. */
const statelessMethods = [...plainMethods.filter((method) => method !== "ping"), "server/discover"] as const;

const statelessMeta = members(
  {
    "io.modelcontextprotocol/protocolVersion": mostly("2026-07-28"),
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/clientInfo": members(clientInfo, ["name", "version"]),
    progressToken: mostly<unknown>(0, "a"),
    other: mostly(1),
  },
  ["io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"],
);

/** Messages as hosts send them, and some that are wrong. */
const messages = fc.oneof(
  members(
    {
      jsonrpc: mostly("2.0"),
      id: mostly<unknown>(0, "a", 1.5),
      method: mostly("initialize"),
      params: initializeParams,
      other: mostly(1),
    },
    ["jsonrpc", "id", "method", "params"],
  ),
  members(
    {
      jsonrpc: mostly("2.0"),
      id: mostly<unknown>(0, "a"),
      method: mostly(...plainMethods, "server/discover"),
      params: listParams,
    },
    ["jsonrpc", "id", "method"],
  ),
  members(
    {
      jsonrpc: mostly("2.0"),
      id: mostly<unknown>(0, "a"),
      method: mostly(...statelessMethods),
      params: members({ _meta: statelessMeta, other: mostly(1) }, ["_meta"]),
    },
    ["jsonrpc", "id", "method", "params"],
  ),
  members(
    { jsonrpc: mostly("2.0"), method: mostly(...notificationMethods), params: fc.oneof(listParams, mostly(null)) },
    ["jsonrpc", "method"],
  ),
);

const parsed = messages.map((message): unknown => JSON.parse(JSON.stringify(message)));

describe("a form that is taken is one that MCP's own schema takes", () => {
  it("in every generated message", () => {
    const taken = { initialize: 0, plain: 0, stateless: 0, notification: 0 };
    const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, message: unknown) =>
      expect(schema.safeParse(message).success, JSON.stringify(message)).toBe(true);
    fc.assert(
      fc.property(parsed, (message) => {
        if (isInitializeRequest(message)) {
          taken.initialize += 1;
          accepts(JSONRPCMessageSchema, message);
          accepts(InitializeRequestSchema, message);
        }
        const { method } = message as { method: string };
        if (isPlainRequest(message) && plainMethods.some((plain) => plain === method)) {
          taken.plain += 1;
          accepts(JSONRPCMessageSchema, message);
          accepts(plain[method as keyof typeof plain], message);
        }
        if (isStatelessRequest(message)) {
          taken.stateless += 1;
          accepts(JSONRPCMessageSchema, message);
          if (statelessMethods.some((one) => one === method))
            expect(readRequest(message as unknown as JSONRPCRequest), JSON.stringify(message)).not.toHaveProperty(
              "code",
            );
        }
        if (isPlainNotification(message)) {
          taken.notification += 1;
          const { params, ...bare } = message as { method: string; params?: unknown };
          const read = params === null ? bare : message;
          accepts(JSONRPCMessageSchema, read);
          accepts(notifications[method as keyof typeof notifications], read);
        }
      }),
      { numRuns: 5000 },
    );
    for (const count of Object.values(taken)) expect(count).toBeGreaterThan(20);
  });
});

/** Each message in a line, its id replaced by one of its own. */
function linesOf(made: readonly unknown[]): string {
  return made
    .map((message, at) => {
      const { id, ...rest } = message as { id?: unknown };
      return `${JSON.stringify(id === undefined ? rest : { ...rest, id: typeof id === "string" ? `é${at}` : at })}\n`;
    })
    .join("");
}

const opening = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "0" } },
};

const settings: readonly (readonly string[])[] = [
  [],
  ["--read-only"],
  ["--policy", "update=two-step,delete-identities=deny"],
  ["--policy", "list-identity-pools=deny", "--region", "eu-west-1"],
  ["--region", "eu-west-1"],
  ["--region", "xx-nowhere-9"],
  ["--regions", "eu-west-1,us-east-1", "--policy", "delete=off"],
  ["--pools", "eu-west-1:00000000-0000-4000-8000-000000000000"],
  ["--local"],
];

describe("a start is answered as the server answers it", {
  timeout: process.env["LONG"] ? 900_000 : 60_000,
}, () => {
  it.each(settings.map((args) => ({ args })))("with $args", async ({ args }) => {
    const made = [opening, ...plainMethods.map((method) => ({ jsonrpc: "2.0", id: 0, method }))];
    const [fast, full] = await Promise.all([
      run(linesOf(made), { args }),
      run(linesOf(made), { args: [...args, ...withoutFastStart] }),
    ]);
    expect(fast.lines).toHaveLength(made.length);
    expect(fast.lines.toSorted()).toEqual(full.lines.toSorted());
  });

  it("byte by byte, whatever the messages", async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(parsed, { minLength: 10, maxLength: 40 }),
        mostly(true),
        fc.constantFrom(...settings),
        async (made, opens, args) => {
          const input = linesOf(opens ? [opening, ...made] : made);
          const [fast, full] = await Promise.all([
            run(input, { args }),
            run(input, { args: [...args, ...withoutFastStart] }),
          ]);
          expect(fast).toMatchObject({ code: 0, stderr: "" });
          expect(fast.lines.toSorted()).toEqual(full.lines.toSorted());
          answered += fast.lines.length;
        },
      ),
      { numRuns: process.env["LONG"] ? 200 : 6 },
    );
    expect(answered).toBeGreaterThan(25);
  });
});
