import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { region } from "../test/support/client.ts";
import { ours } from "./peers.ts";

export const credentials = { accessKeyId: "AKIDBENCH", secretAccessKey: "bench-secret" };

/** The embedded service in a process of its own, which neither side has to share its time with. */
export async function startService() {
  const child = spawn(process.execPath, [...ours.args, "local", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\/\/[\d.:]+/.exec(line) ?? [];
    if (url === undefined) continue;
    const env = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: url,
      AWS_ENDPOINT_URL: url,
    };
    return { url, env, stop: () => child.kill() };
  }
  throw new Error("the service did not start");
}
