import { getAllMcpTools, MCPServerStdio, RunContext } from "@openai/agents";
import { run, server } from "./client.mjs";

const client = new MCPServerStdio({ name: "cognito", ...server });
await client.connect();
const tools = await getAllMcpTools([client]);
await run({
  list: () => tools.map(({ name }) => name),
  read: (uri) => client.readResource(uri),
  // The SDK writes names of tools with "_" only.
  call: async (name, input) =>
    await tools.find((tool) => tool.name === name.replaceAll("-", "_")).invoke(new RunContext(), JSON.stringify(input)),
  close: () => client.close(),
});
