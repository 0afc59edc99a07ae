/**
 * Reads IAM roles and user pools, for reports. The clients are loaded and created when a report needs them, take the same credentials as
 * every call, and can send nothing but reads.
 */
import type * as UserPools from "@aws-sdk/client-cognito-identity-provider";
import type * as Iam from "@aws-sdk/client-iam";
import { createDeadline } from "./deadline.ts";
import { attachDeadline, type HttpHandler } from "./http-handler.ts";
import { isAwsHost } from "./trusted-hosts.ts";

/** Its methods raise the SDK's errors. What each gives is in src/reports/report.ts. */
export type AccountReader = ReturnType<typeof createAccountReader>;

interface NamedPolicy {
  readonly name: string;
  readonly document: string;
}

interface Options {
  /** Identifies this program in AWS's logs. */
  readonly product: string | undefined;
  /** Called with the credentials that sign a request, before it is sent. */
  readonly onCredentials: ((credentials: AwsCredentials) => void) | undefined;
  readonly region: string;
  readonly signal: AbortSignal;
  /** The settings of every client, with its HTTP handler. */
  readonly connection: { readonly requestHandler: HttpHandler; readonly endpoint?: string };
  readonly credentials: () => Promise<AwsCredentials>;
  /** The account of the credentials; undefined if it cannot be found out. */
  readonly ownAccount: () => Promise<string | undefined>;
}

interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly accountId?: string;
}

/** One read with its attempts ends within this. */
const READ_MS = 15_000;

/** Policies of each kind that are read of a role. The quotas are 20 attached ones, and 10,240 characters of inline ones. */
const MAX_POLICIES = 20;

/** Pages of a user pool's groups, of 60 each. */
const MAX_PAGES = 5;

/** A command that reads nothing: a defect of this program. It is never sent. */
class NotReadError extends TypeError {
  override readonly name = "NotReadError";
}

export function createAccountReader({
  product,
  onCredentials,
  region,
  signal,
  connection,
  credentials,
  ownAccount,
}: Options) {
  const { endpoint, requestHandler, ...others } = connection;
  const settings = {
    ...others,
    requestHandler: onlyReads(requestHandler),
    // One of AWS is for Cognito Identity alone.
    ...(endpoint !== undefined && !isAwsHost(new URL(endpoint).hostname) && { endpoint }),
    credentials,
    ...(product !== undefined && { customUserAgent: product }),
  };
  let iam: Promise<Iam.IAMClient> | undefined;
  const userPools = new Map<string, Promise<UserPools.CognitoIdentityProviderClient>>();

  /** The same handler, which sends requests that change nothing. It runs for every attempt. */
  function onlyReads(handler: HttpHandler): HttpHandler {
    return {
      ...handler,
      async handle(request) {
        if (!/^(Get|List|Describe)/.test(operationOf(request))) throw new NotReadError();
        onCredentials?.(await credentials());
        using deadline = createDeadline(READ_MS, signal);
        attachDeadline(request, deadline);
        return await handler.handle(request);
      },
    };
  }

  function iamClient(): Promise<Iam.IAMClient> {
    iam ??= loadIam().then(({ IAMClient }) => new IAMClient({ ...settings, region }));
    return iam;
  }

  function userPoolClient(ofRegion: string): Promise<UserPools.CognitoIdentityProviderClient> {
    const client =
      userPools.get(ofRegion) ??
      loadUserPools().then(
        ({ CognitoIdentityProviderClient }) => new CognitoIdentityProviderClient({ ...settings, region: ofRegion }),
      );
    userPools.set(ofRegion, client);
    return client;
  }

  return {
    async role(RoleName: string) {
      const [{ GetRoleCommand }, client] = await Promise.all([loadIam(), iamClient()]);
      const { Role } = await client.send(new GetRoleCommand({ RoleName }));
      return {
        arn: Role?.Arn ?? "",
        trust: decoded(Role?.AssumeRolePolicyDocument),
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      };
    },
    async rolePolicies(RoleName: string) {
      const [sdk, client] = await Promise.all([loadIam(), iamClient()]);
      const [attached, inline] = await Promise.all([
        client.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName, MaxItems: MAX_POLICIES })),
        client.send(new sdk.ListRolePoliciesCommand({ RoleName, MaxItems: MAX_POLICIES })),
      ]);
      const list: NamedPolicy[] = [];
      // One after another: IAM throttles, and few roles have more than a handful.
      for (const { PolicyArn = "", PolicyName = "" } of attached.AttachedPolicies ?? []) {
        const { Policy } = await client.send(new sdk.GetPolicyCommand({ PolicyArn }));
        const VersionId = Policy?.DefaultVersionId ?? "v1";
        const { PolicyVersion } = await client.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId }));
        list.push({ name: PolicyName, document: decoded(PolicyVersion?.Document) });
      }
      for (const PolicyName of inline.PolicyNames ?? []) {
        const { PolicyDocument } = await client.send(new sdk.GetRolePolicyCommand({ RoleName, PolicyName }));
        list.push({ name: PolicyName, document: decoded(PolicyDocument) });
      }
      return { list, complete: attached.IsTruncated !== true && inline.IsTruncated !== true };
    },
    ownAccount,
    async userPool(UserPoolId: string) {
      const [sdk, client] = await Promise.all([loadUserPools(), userPoolClient(UserPoolId.split("_")[0] ?? region)]);
      const { UserPool } = await client.send(new sdk.DescribeUserPoolCommand({ UserPoolId }));
      const groups: UserPools.GroupType[] = [];
      let NextToken: string | undefined;
      for (let page = 0; page === 0 || (NextToken !== undefined && page < MAX_PAGES); page += 1) {
        const answer = await client.send(new sdk.ListGroupsCommand({ UserPoolId, Limit: 60, NextToken }));
        groups.push(...(answer.Groups ?? []));
        ({ NextToken } = answer);
      }
      return {
        customAttributes: (UserPool?.SchemaAttributes ?? []).flatMap(({ Name = "" }) =>
          Name.startsWith("custom:") ? [Name] : [],
        ),
        groups: groups.map(({ GroupName = "", RoleArn, Precedence }) => ({
          name: GroupName,
          roleArn: RoleArn,
          precedence: Precedence,
        })),
      };
    },
    [Symbol.dispose]() {
      requestHandler.destroy();
    },
  };
}

function loadIam(): Promise<typeof Iam> {
  return import("@aws-sdk/client-iam");
}

function loadUserPools(): Promise<typeof UserPools> {
  return import("@aws-sdk/client-cognito-identity-provider");
}

/** The operation of a request: IAM's in the form that is sent, that of user pools in a header. */
function operationOf({ headers, body }: Parameters<HttpHandler["handle"]>[0]): string {
  const target = headers["x-amz-target"] ?? headers["X-Amz-Target"];
  return target?.split(".")[1] ?? new URLSearchParams(String(body)).get("Action") ?? "";
}

/** IAM gives documents in URL encoding. */
function decoded(document: string | undefined): string {
  try {
    return decodeURIComponent(document ?? "");
  } catch {
    return document ?? "";
  }
}
