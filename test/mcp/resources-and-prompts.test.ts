/** What the real server cannot be made to do: a mistake of ours while it answers something else than a tool call. */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { expect, it } from "vitest";
import type { Aws } from "../../src/aws/clients.ts";
import { createMcpServer } from "../../src/server.ts";
import { asking, openPolicy, testServices } from "../support/services.ts";

it("a fault of ours is reported, and the client told of it without its message", async () => {
  const fault = new TypeError("cannot read hidden of undefined");
  const faults: unknown[] = [];
  const policy = {
    ...openPolicy,
    get pools(): undefined {
      throw fault;
    },
  };
  const server = createMcpServer({
    services: testServices({ aws: {} as Aws, policy, onFault: (error) => faults.push(error) }),
    version: "0",
    asking,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(ours);
  const client = new Client({ name: "test", version: "0" });
  await client.connect(theirs);
  const failure = await client.listResources().catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: -32603,
    message: expect.stringContaining("This server has an internal error."),
  });
  expect(String(failure)).not.toContain("hidden");
  expect(faults).toEqual([fault]);
  await client.close();
});
