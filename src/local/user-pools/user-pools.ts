/**
 * What can be read of user pools, which come from the seed file
 * (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/). AWS JSON 1.1, as Cognito Identity.
 */
import type { Fields } from "../../util/json.ts";
import { partitionOf } from "../iam/partitions.ts";
import { inputOf, type LocalRequest } from "../protocol/aws-json.ts";
import { checkInput } from "../protocol/constraints.ts";
import { ServiceError } from "../protocol/errors.ts";
import type { PageTokens } from "../protocol/page-tokens.ts";
import { type Members, optional, required, type Shape } from "../protocol/shapes.ts";
import type { Documents } from "../state/documents.ts";
import { readSignature } from "../sts/signature.ts";
import type { UserPool } from "./records.ts";

interface UserPoolContext {
  readonly accountId: string;
  readonly documents: Documents;
  readonly pageTokens: PageTokens;
  readonly onCall?: ((operation: string, input: unknown) => void) | undefined;
}

interface UserPoolOperation {
  readonly input: Members;
  run(input: Fields, pool: UserPool, context: UserPoolContext): object;
}

export const userPoolId: Shape = { type: "string", min: 1, max: 55, pattern: "[\\w-]+_[0-9a-zA-Z]+" };
export const clientId: Shape = { type: "string", min: 1, max: 128, pattern: "[\\w+]+" };

const DEFAULT_GROUPS = 60;

const operations: Readonly<Record<string, UserPoolOperation>> = {
  DescribeUserPool: {
    input: { UserPoolId: required(userPoolId) },
    run(_, pool, { accountId }) {
      const region = regionOf(pool.id);
      const Arn = `arn:${partitionOf(region)}:cognito-idp:${region}:${accountId}:userpool/${pool.id}`;
      return { UserPool: { Id: pool.id, Arn, ...pool.description, ...datesOf(pool) } };
    },
  },
  DescribeUserPoolClient: {
    input: { UserPoolId: required(userPoolId), ClientId: required(clientId) },
    run({ ClientId }, pool) {
      const id = String(ClientId);
      const client = Object.hasOwn(pool.clients, id) ? pool.clients[id] : undefined;
      if (!client) throw new ServiceError("ResourceNotFoundException", `User pool client ${id} does not exist.`);
      return { UserPoolClient: { UserPoolId: pool.id, ...client, ...datesOf(pool) } };
    },
  },
  ListGroups: {
    input: {
      UserPoolId: required(userPoolId),
      Limit: optional({ type: "number", min: 0, max: 60 }),
      NextToken: optional({ type: "string", min: 1, max: 131_072, pattern: "[\\S]+" }),
    },
    run({ Limit, NextToken }, pool, { pageTokens }) {
      const list = `groups of ${pool.id}`;
      const start = typeof NextToken === "string" ? pageTokens.readToken(list, NextToken) : 0;
      const end = start + (Number(Limit ?? 0) || DEFAULT_GROUPS);
      return {
        Groups: pool.groups.slice(start, end).map((group) => ({ UserPoolId: pool.id, ...group, ...datesOf(pool) })),
        ...(end < pool.groups.length && { NextToken: pageTokens.createToken(list, end) }),
      };
    },
  },
};

const TARGET = "AWSCognitoIdentityProviderService.";

/** Whether a request is for user pools. */
export function isUserPoolRequest({ headers }: LocalRequest): boolean {
  return headers["x-amz-target"]?.startsWith(TARGET) === true;
}

/** The operation of a request for user pools, such as `cognito-idp:ListGroups`; undefined for another request. */
export function userPoolOperationOf(request: LocalRequest): string | undefined {
  if (!isUserPoolRequest(request)) return undefined;
  return `cognito-idp:${request.headers["x-amz-target"]?.slice(TARGET.length)}`;
}

/** Throws ServiceError. A pool is found only in the region of the signature, which is not verified. */
export function runUserPoolOperation(request: LocalRequest, context: UserPoolContext): object {
  const name = request.headers["x-amz-target"]?.slice(TARGET.length) ?? "";
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (!operation || request.method !== "POST" || request.path !== "/")
    throw new ServiceError("UnknownOperationException", "The operation is not one of this service");
  const region = signedRegionOf(request);
  const rawInput = inputOf(request);
  context.onCall?.(`cognito-idp:${name}`, rawInput);
  const input = checkUserPoolInput(operation.input, rawInput);
  const id = String(input["UserPoolId"]);
  const pool = context.documents.get("userPool", id);
  if (!pool || regionOf(id) !== region)
    throw new ServiceError("ResourceNotFoundException", `User pool ${id} does not exist.`);
  return operation.run(input, pool, context);
}

function signedRegionOf({ headers: { authorization } }: LocalRequest): string {
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  const signature = readSignature(authorization);
  if (signature?.service !== "cognito-idp")
    throw new ServiceError(
      "IncompleteSignatureException",
      "The Authorization header is not a signature of version 4 for cognito-idp",
    );
  return signature.region;
}

/** User pools report a broken constraint as InvalidParameterException. */
function checkUserPoolInput(members: Members, input: Fields): Fields {
  try {
    return checkInput(members, input);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "ValidationException")
      throw new ServiceError("InvalidParameterException", error.message);
    throw error;
  }
}

function regionOf(id: string): string {
  return id.split("_", 1)[0] ?? "";
}

function datesOf({ created }: UserPool): { LastModifiedDate: Date; CreationDate: Date } {
  return { LastModifiedDate: new Date(created), CreationDate: new Date(created) };
}
