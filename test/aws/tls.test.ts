/** Calls over TLS, as to AWS itself: with a certificate that is trusted, and with one that is not. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../support/client.ts";

/** Makes the certificate: Node cannot. */
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.runIf(hasOpenssl)("an endpoint with a certificate", () => {
  let folder: string;
  let certificate: string;
  let aws: Server;
  let connections = 0;
  let requests = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    const key = join(folder, "key.pem");
    certificate = join(folder, "certificate.pem");
    const made = ["-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost"];
    const name = ["-addext", "subjectAltName=DNS:localhost"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...made, ...name], { stdio: "ignore" });
    aws = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      requests += 1;
      request.resume();
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end('{"IdentityPools":[]}');
    });
    aws.on("secureConnection", () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => aws.listen(0, "localhost", resolve));
  });
  afterAll(() => {
    aws.close();
    aws.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  function start(env: Readonly<Record<string, string>>) {
    const url = `https://localhost:${(aws.address() as AddressInfo).port}`;
    const keys = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "eu-west-1" };
    return startServer({ args: ["--endpoint-url", url], env: { ...keys, ...env } });
  }

  it("that is trusted is called, again and again on one connection", async () => {
    await using session = await start({ NODE_EXTRA_CA_CERTS: certificate });
    for (let call = 0; call < 3; call += 1)
      expect((await session.call("list-identity-pools")).content).toMatchObject({ IdentityPools: [] });
    expect({ connections, requests }).toEqual({ connections: 1, requests: 3 });
  });

  it("that is not trusted gets nothing, and the answer says so without a doubt", async () => {
    requests = 0;
    await using session = await start({});
    const { isError, content } = await session.call("create-identity-pool", {
      IdentityPoolName: "x",
      AllowUnauthenticatedIdentities: false,
    });
    expect(isError).toBe(true);
    expect(content).toEqual({
      failed: expect.stringMatching(/certificate .* nothing was sent/),
      next: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    expect(requests).toBe(0);
  });
});
