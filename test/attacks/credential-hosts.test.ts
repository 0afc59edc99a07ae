/** Variables that make the SDK fetch credentials from a foreign host, and send it the container's token: nothing is sent. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readCommand } from "../../src/cli/args/command.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { startServer } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const variables = ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

let requests = 0;
const listener = createServer((_, response) => {
  requests += 1;
  response.end("{}");
});
beforeAll(() => new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve)));
afterAll(() => void listener.close());

/** Why the settings are refused; undefined if they are not. */
function refusalOf(environment: Readonly<Record<string, string>>): string | undefined {
  try {
    readCommand(catalogue, ["serve"], environment);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

it.each(variables)("%s with a foreign host stops the start, and nothing is sent", async (variable) => {
  const { port } = listener.address() as AddressInfo;
  // A name of this machine that is not loopback stands for any other host.
  const url = `http://0.0.0.0:${port}/credentials`;
  const env = { [variable]: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: "a-token-of-the-container" };
  const { code, stderr } = await runProgram(["serve"], { ...env, AWS_EC2_METADATA_DISABLED: "false" });
  expect(code).toBe(2);
  expect(stderr).toContain(`${variable} is "${url}", which is neither an address of AWS's metadata services`);
  expect(requests).toBe(0);
});

it("refuses every host that is neither AWS's nor this machine, however it is written", () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4().filter((address) => !/^(127\.|169\.254\.)/.test(address)),
    fc.ipV6().map((address) => `[${address}]`),
    fc.constantFrom(
      "169.254.169.254.evil.example",
      "169.254.170.2@evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil",
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...variables), fc.constantFrom("http", "https"), host, (variable, protocol, name) => {
      const url = `${protocol}://${name}/x`;
      const isOwn = URL.canParse(url) && /^(\[::1\]|127(\.\d+){3})$/.test(new URL(url).hostname);
      fc.pre(!isOwn);
      expect(refusalOf({ [variable]: url })).toContain(`${variable} is `);
    }),
    { numRuns: process.env["LONG"] ? 20_000 : 500 },
  );
});

it.each([
  "http://169.254.169.254",
  "http://[fd00:ec2::254]/",
  "http://169.254.170.2/v2/credentials",
  "http://169.254.170.23/v1/credentials",
  "http://[fd00:ec2::23]/v1/credentials",
  "http://127.0.0.1:1338/",
  "http://localhost:51679",
  "https://sts.eu-west-1.amazonaws.com",
])("takes %s", (url) => {
  for (const variable of variables) expect(refusalOf({ [variable]: url })).toBeUndefined();
});

it("is not asked with the embedded service, which needs no credentials", async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://evil.example/" };
  await using session = await startServer({ args: ["--local"], env });
  expect((await session.call("list-identity-pools")).isError).toBe(false);
});
