import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { run, server } from "./client.mjs";

const inspector = fileURLToPath(
  new URL("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url),
);

/** Starts the inspector for one method. It exits with an error for a result that is one, after it has written the result. */
async function inspect(...args) {
  const settings = Object.entries(server.env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const all = [inspector, "--cli", ...settings, "--quiet", ...args, "--", server.command, ...server.args];
  const { error, stdout, stderr } = await new Promise((resolve) =>
    execFile(process.execPath, all, (error, stdout, stderr) => resolve({ error, stdout, stderr })),
  );
  if (stdout === "") throw new Error(`${error}: ${stderr}`);
  return JSON.parse(stdout);
}

await run({
  list: async () => (await inspect("--method", "tools/list")).tools.map(({ name }) => name),
  read: (uri) => inspect("--method", "resources/read", "--uri", uri),
  call: (name, input) =>
    inspect("--method", "tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(input)),
  close: async () => {},
});
