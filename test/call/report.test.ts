/** A report runs on the path of every other call: through a real client, its schema, the policy, the allow-list and redaction. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { expect, it } from "vitest";
import * as z from "zod";
import { createAws } from "../../src/aws/clients.ts";
import type { Services } from "../../src/call/types.ts";
import { createLocalService } from "../../src/local/service.ts";
import { defineReport } from "../../src/reports/report.ts";
import { createMcpServer } from "../../src/server.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { identityPoolId } from "../../src/tools/members.ts";
import { asking, openPolicy, testServices } from "../support/services.ts";

const poolSummary = defineReport({
  name: "summarize-pool",
  summary: "Tells a pool's name and how many roles it has.",
  input: { IdentityPoolId: identityPoolId },
  output: { name: z.string(), roles: z.number() },
  async run({ IdentityPoolId }, { cognitoIdentity }) {
    const [pool, { Roles = {} }] = await Promise.all([
      cognitoIdentity("DescribeIdentityPoolCommand", { IdentityPoolId }),
      cognitoIdentity("GetIdentityPoolRolesCommand", { IdentityPoolId }),
    ]);
    return { name: pool.IdentityPoolName ?? "", roles: Object.keys(Roles).length, undeclared: "must not leave" };
  },
});

interface Result {
  readonly isError?: boolean;
  readonly structuredContent: Readonly<Record<string, unknown>>;
}

/** A client of a server with the report, and a pool of the given name. */
async function start(IdentityPoolName: string, parts: (pool: string) => Partial<Services> = () => ({})) {
  const aws = createAws({ inProcess: createLocalService() });
  const tools = [...catalogue, poolSummary];
  const connect = async (services: Services) => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await createMcpServer({ services, version: "0", asking }).connect(ours);
    const client = new Client({ name: "test", version: "0" });
    await client.connect(theirs);
    return {
      client,
      call: async (name: string, input: object) =>
        // The SDK's type allows answers of other shapes, which this server never gives.
        (await client.callTool({ name, arguments: { ...input } })) as unknown as Result,
    };
  };
  const { call } = await connect(testServices({ aws, tools }));
  const made = await call("create-identity-pool", {
    region: "eu-west-1",
    IdentityPoolName,
    AllowUnauthenticatedIdentities: false,
  });
  const IdentityPoolId = String(made.structuredContent["IdentityPoolId"]);
  return { IdentityPoolId, ...(await connect(testServices({ aws, tools, ...parts(IdentityPoolId) }))) };
}

it("is listed as a read, and answers what it declares", async () => {
  const { client, call, IdentityPoolId } = await start("my pool");
  const { tools } = await client.listTools();
  expect(tools.find(({ name }) => name === "summarize-pool")).toMatchObject({
    title: "Summarize pool",
    annotations: { readOnlyHint: true, destructiveHint: false },
    inputSchema: { required: ["IdentityPoolId"], additionalProperties: false },
  });
  expect((await call("summarize-pool", { IdentityPoolId })).structuredContent).toEqual({ name: "my pool", roles: 0 });
});

it("is refused with arguments that it does not take", async () => {
  const { call } = await start("my pool");
  const { isError, structuredContent } = await call("summarize-pool", { Pool: "x" });
  expect(isError).toBe(true);
  expect(String(structuredContent["refused"])).toContain(
    "Pool: not a member of summarize-pool. Its members are IdentityPoolId.",
  );
});

it("fails in the words of every call when AWS refuses a read", async () => {
  const { call } = await start("my pool");
  const missing = await call("summarize-pool", { IdentityPoolId: "eu-west-1:00000000-0000-4000-8000-000000000000" });
  expect(missing.structuredContent).toMatchObject({ code: "ResourceNotFoundException" });
});

it("leaves no secret in its answer", async () => {
  const { call, IdentityPoolId } = await start("key ASIAABCDEFGHIJKLMNOP");
  const { structuredContent } = await call("summarize-pool", { IdentityPoolId });
  expect(structuredContent).toEqual({ name: "key [redacted]", roles: 0 });
});

it.each<[string, (pool: string) => Partial<Services>]>([
  ["a pool that is not allowed", () => ({ policy: { ...openPolicy, pools: new Set(["eu-west-1:other"]) } })],
  ["a region that is not allowed", () => ({ policy: { ...openPolicy, regions: new Set(["us-east-1"]) } })],
  [
    "the report itself, denied by name",
    () => ({ policy: { ...openPolicy, rules: new Map([["summarize-pool", "deny"]]) } }),
  ],
  [
    "a tool, denied by name, that makes the same read",
    () => ({ policy: { ...openPolicy, rules: new Map([["get-identity-pool-roles", "deny"]]) } }),
  ],
])("is refused for %s", async (_, parts) => {
  const { call, IdentityPoolId } = await start("my pool", parts);
  const { isError, structuredContent } = await call("summarize-pool", { IdentityPoolId });
  expect(isError).toBe(true);
  expect(structuredContent).toHaveProperty("refused");
  expect(JSON.stringify(structuredContent)).not.toContain("my pool");
});
