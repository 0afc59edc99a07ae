import { MCPClient } from "mcp-use";
import { run, server } from "./client.mjs";

const client = MCPClient.fromDict({ mcpServers: { cognito: server } });
const session = await client.createSession("cognito");
await run({
  list: async () => (await session.listTools()).map(({ name }) => name),
  read: (uri) => session.readResource(uri),
  call: (name, input) => session.callTool(name, input),
  close: () => client.closeAllSessions(),
});
