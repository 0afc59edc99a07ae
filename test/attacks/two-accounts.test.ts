/** The AWS credentials change between the yes and the call, so that what was approved for one account would hit another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approve, arnOf, startServer } from "../support/client.ts";

const pool = "eu-west-1:00000000-0000-4000-8000-000000000000";

/** A service that notes with which access key each operation was signed. */
async function startWitness(signed: { operation: string; key: string }[]) {
  const server = createServer((request, response) => {
    request.resume();
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const key = /Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? "";
    signed.push({ operation, key });
    // Longer than the shortest-lived credentials of these tests.
    setTimeout(() => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify({ Tags: {} }));
    }, 300);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

let folder: string;
let program: string;
let counter: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  counter = join(folder, "account");
  program = join(folder, "credentials.cjs");
  // Credentials that expire at once are asked for at each request.
  writeFileSync(
    program,
    `const account = require("fs").readFileSync(${JSON.stringify(counter)}, "utf8");
     console.log(JSON.stringify({ Version: 1, AccessKeyId: "AKIAIOSFODNNEXAMPLE" + account, SecretAccessKey: "wJalrXUtnFEMIbPxRfiCYzEXAMPLEKEYxyzkeyab",
       AccountId: account.repeat(12), Expiration: new Date(Date.now() + 1000).toISOString() }));`,
  );
  writeFileSync(
    join(folder, "config"),
    `[profile p]\nregion = eu-west-1\ncredential_process = ${process.execPath} ${program}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("credentials that change while the person reads", () => {
  it("send nothing with the other account: the answer is the plan for it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("1", "2"), fc.constantFrom("1", "2"), async (before, after) => {
        const signed: { operation: string; key: string }[] = [];
        const witness = await startWitness(signed);
        writeFileSync(counter, before);
        await using session = await startServer({
          args: ["--profile", "p"],
          env: {
            AWS_CONFIG_FILE: join(folder, "config"),
            AWS_ENDPOINT_URL_COGNITO_IDENTITY: witness.url,
            PATH: process.env["PATH"] ?? "",
          },
          async respond(question) {
            writeFileSync(counter, after);
            // Longer than the credentials live, so that the next request gets new ones.
            await new Promise((resolve) => setTimeout(resolve, 1100));
            return approve(question);
          },
        });
        const { isError, text } = await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { a: "b" } });
        witness.close();
        const sent = signed.filter(({ operation }) => operation === "TagResource");
        if (before === after) expect(isError, text).toBe(false);
        else {
          expect(text).toContain("other AWS credentials are in use now");
          expect(text).toContain(after.repeat(12));
        }
        expect(sent.map(({ key }) => key)).toEqual(before === after ? [`AKIAIOSFODNNEXAMPLE${before}`] : []);
      }),
      {
        numRuns: 4,
        examples: [
          ["1", "2"],
          ["1", "1"],
        ],
      },
    );
  }, 60_000);

  it("at every request sign the second read and the call with one key", async () => {
    const signed: { operation: string; key: string }[] = [];
    const witness = await startWitness(signed);
    const turn = join(folder, "turn");
    const changing = join(folder, "changing.cjs");
    // Another key of one account each time.
    writeFileSync(
      changing,
      `const fs = require("fs"), turn = fs.existsSync(${JSON.stringify(turn)}) ? fs.readFileSync(${JSON.stringify(turn)}, "utf8") : "";
       fs.writeFileSync(${JSON.stringify(turn)}, turn + "x");
       console.log(JSON.stringify({ Version: 1, AccessKeyId: "AKIAIOSFODNNEXAMPL" + String(turn.length).padStart(2, "0"),
         SecretAccessKey: "wJalrXUtnFEMIbPxRfiCYzEXAMPLEKEYxyzkeyab", AccountId: "123456789012",
         Expiration: new Date(Date.now() + 200).toISOString() }));`,
    );
    const config = join(folder, "changing-config");
    writeFileSync(config, `[profile p]\nregion = eu-west-1\ncredential_process = ${process.execPath} ${changing}\n`);
    await using session = await startServer({
      args: ["--profile", "p", "--policy", "update=off"],
      env: {
        AWS_CONFIG_FILE: config,
        AWS_ENDPOINT_URL_COGNITO_IDENTITY: witness.url,
        PATH: process.env["PATH"] ?? "",
      },
    });
    await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { a: "b" } });
    witness.close();
    const [first, read, send] = signed;
    expect(signed.map(({ operation }) => operation)).toEqual([
      "ListTagsForResource",
      "ListTagsForResource",
      "TagResource",
    ]);
    expect(first?.key).not.toBe(read?.key);
    expect(read?.key).toBe(send?.key);
  }, 30_000);
});
