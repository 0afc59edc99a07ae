/** Credentials that run out while the server runs: the next call reads them anew. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startServer } from "../support/client.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";

it.each(["ExpiredTokenException", "UnrecognizedClientException"])("a profile is read again after %s", async (type) => {
  const signers: string[] = [];
  const aws = createServer((request, response) => {
    request.resume();
    const signer = /Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    signers.push(signer);
    const known = signer === "AKIDNEWKEY";
    response.writeHead(known ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(known ? { IdentityPoolId, IdentityPoolName: "found" } : { __type: type }));
  });
  await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const profile = join(folder, "credentials");
  const renew = (id: string) =>
    writeFileSync(profile, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`);
  try {
    renew("AKIDOLDKEY");
    await using session = await startServer({
      args: ["--endpoint-url", `http://127.0.0.1:${(aws.address() as AddressInfo).port}`, "--region", "eu-west-1"],
      env: { AWS_SHARED_CREDENTIALS_FILE: profile },
    });
    const call = () => session.call("describe-identity-pool", { IdentityPoolId });
    expect((await call()).content).toMatchObject({ code: type });
    renew("AKIDNEWKEY");
    expect((await call()).content).toMatchObject({ IdentityPoolName: "found" });
    expect(signers).toEqual(["AKIDOLDKEY", "AKIDNEWKEY"]);
  } finally {
    aws.close();
    rmSync(folder, { recursive: true });
  }
});
