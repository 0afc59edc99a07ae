import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serveLocal } from "../src/local/http.ts";
import { createLocalService } from "../src/local/service.ts";

const recorder = fileURLToPath(new URL("recorder.ts", import.meta.url));

const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "build", version: "1" } };

/** Makes V8's code cache of what a server runs from its start to a first call; `program` is the one that starts. */
export async function makeCodeCache(program: string): Promise<void> {
  const service = await serveLocal(createLocalService());
  const child = spawn(process.execPath, [...process.execArgv, recorder, program], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "AKIDBUILD",
      AWS_SECRET_ACCESS_KEY: "build",
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: service.url,
    },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (id: number, method: string, asked: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params: asked })}\n`);
    const { value = "" } = await answers.next();
    if (!value.includes('"result"') || value.includes('"isError"')) throw new Error(`${method} was answered ${value}`);
  };
  await ask(1, "initialize", params);
  await ask(2, "tools/list", {});
  await ask(3, "tools/call", { name: "list-identity-pools", arguments: {} });
  child.stdin.end();
  const code = await new Promise((resolve) => child.once("exit", resolve));
  await service.close();
  if (code !== 0) throw new Error(`the server ended with ${code}`);
}
