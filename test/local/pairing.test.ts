/** The service beside a user pool service of others: moto's, where it is installed. */
import { spawn, spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from "@aws-sdk/client-cognito-identity";
import { expect, it } from "vitest";
import { startLocal } from "../../src/local/start.ts";
import { freePort } from "../support/free-port.ts";

const isInstalled = spawnSync("python3", ["-c", "import moto.server, joserfc"]).status === 0;

/** Calls moto's user pools, as an SDK would. */
async function callUserPools(url: string, operation: string, input: object) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${await response.text()}`);
  return (await response.json()) as Record<string, Record<string, string>>;
}

it("signs a user of moto's user pools in", { timeout: 120_000 }, async ({ skip }) => {
  if (!isInstalled) return skip("there is no Python with moto's server here");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const moto = spawn("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = new Promise((resolve) => moto.once("close", resolve));
  try {
    for (let tries = 0; tries < 300; tries += 1) {
      if (
        await fetch(`${url}/moto-api/`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
      await setTimeout(200);
    }
    const { UserPool } = await callUserPools(url, "CreateUserPool", { PoolName: "users" });
    const UserPoolId = UserPool?.["Id"] ?? "";
    const { UserPoolClient } = await callUserPools(url, "CreateUserPoolClient", { UserPoolId, ClientName: "app" });
    const ClientId = UserPoolClient?.["ClientId"] ?? "";
    const [Username, Password] = ["ada", "Correct-horse-1"];
    await callUserPools(url, "AdminCreateUser", { UserPoolId, Username });
    await callUserPools(url, "AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });
    const { AuthenticationResult } = await callUserPools(url, "AdminInitiateAuth", {
      UserPoolId,
      ClientId,
      AuthFlow: "ADMIN_NO_SRP_AUTH",
      AuthParameters: { USERNAME: Username, PASSWORD: Password },
    });
    const provider = `cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
    const pool = {
      IdentityPoolId: "us-east-1:11111111-2222-3333-4444-555555555555",
      IdentityPoolName: "paired",
      AllowUnauthenticatedIdentities: false,
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId }],
      Roles: { authenticated: "arn:aws:iam::000000000000:role/users" },
    };
    await using local = await startLocal({ seed: { pools: [pool] } });
    const client = new CognitoIdentityClient(local.clientConfig);
    const Logins = { [provider]: AuthenticationResult?.["IdToken"] ?? "" };
    const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId: pool.IdentityPoolId, Logins }));
    const { Credentials } = await client.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
    expect(Credentials?.SessionToken).toBeDefined();
  } finally {
    moto.kill("SIGKILL");
    await ended;
  }
});
