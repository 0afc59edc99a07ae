import { MultiServerMCPClient } from "@langchain/mcp-adapters";
import { run, server } from "./client.mjs";

const client = new MultiServerMCPClient({ mcpServers: { cognito: { transport: "stdio", ...server } } });
const tools = await client.getTools();
await run({
  list: () => tools.map(({ name }) => name),
  read: (uri) => client.readResource("cognito", uri),
  call: async (name, input) => await tools.find((tool) => tool.name === name).invoke(input),
  close: () => client.close(),
});
