import { createMCPClient } from "@ai-sdk/mcp";
import { StdioMCPTransport } from "@ai-sdk/mcp/mcp-stdio";
import { run, server } from "./client.mjs";

const client = await createMCPClient({ transport: new StdioMCPTransport(server) });
const tools = await client.tools();
await run({
  list: () => Object.keys(tools),
  read: (uri) => client.readResource({ uri }),
  call: async (name, input) => await tools[name].execute(input, { toolCallId: name, messages: [] }),
  close: () => client.close(),
});
