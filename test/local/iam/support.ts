/** A service with clients of its four APIs, and trust policies. */
import { CognitoIdentityClient } from "@aws-sdk/client-cognito-identity";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { type LocalServer, serveLocal } from "../../../src/local/http.ts";
import { createLocalService, type LocalOptions, type LocalService } from "../../../src/local/service.ts";
import { region } from "../../support/client.ts";

export const account = "000000000000";
export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

export interface Clients extends AsyncDisposable {
  readonly server: LocalServer;
  readonly iam: IAMClient;
  readonly cognito: CognitoIdentityClient;
}

export async function startClients(options: LocalOptions = {}, own: LocalService = createLocalService(options)) {
  const server = await serveLocal(own);
  const settings = { region, endpoint: server.url, credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" } };
  // Errors that a repetition does not change are repeated by the SDK if their status is 500.
  const iam = new IAMClient({ ...settings, maxAttempts: 1 });
  const cognito = new CognitoIdentityClient({ ...settings, maxAttempts: 1 });
  const clients: Clients = {
    server,
    iam,
    cognito,
    async [Symbol.asyncDispose]() {
      iam.destroy();
      cognito.destroy();
      await server.close();
      await own.close();
    },
  };
  return clients;
}

export interface StatementParts {
  readonly [element: string]: unknown;
}

/** A trust policy with one statement, as the console writes it; `parts` replace its elements. */
export function trust(pool: string, kind: "authenticated" | "unauthenticated", parts: StatementParts = {}): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: "cognito-identity.amazonaws.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { "cognito-identity.amazonaws.com:aud": pool },
          "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": kind },
        },
        ...parts,
      },
    ],
  });
}

export async function createRole(iam: IAMClient, RoleName: string, AssumeRolePolicyDocument: string): Promise<string> {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn ?? "";
}
