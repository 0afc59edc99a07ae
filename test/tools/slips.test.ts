/** Slips that AWS answers with riddles: named before anything is sent, with what would be right. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { arnOf, createPool, type Service, type Session, startServer, startService } from "../support/client.ts";

let service: Service;
let session: Session;
let pool: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  session = await startServer({ env: service.env });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const user = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc";
const token = "a-login-token-of-somebody";

it.each<readonly [string, string, () => object, RegExp]>([
  [
    "a user pool's id",
    "describe-identity-pool",
    () => ({ IdentityPoolId: "eu-west-1_AbCdEf123" }),
    /id of a user pool/,
  ],
  ["a name in place of an id", "describe-identity-pool", () => ({ IdentityPoolId: "my pool" }), /REGION:GUID/],
  [
    "a provider with https://",
    "get-id",
    () => ({ IdentityPoolId: pool, Logins: { "https://accounts.google.com": token } }),
    /does not begin with https:\/\//,
  ],
  [
    "a provider with a region in underscores",
    "get-id",
    () => ({ IdentityPoolId: pool, Logins: { "cognito-idp.eu_west_1.amazonaws.com/eu-west-1_abc": token } }),
    /region contains hyphens/,
  ],
  [
    "a role mapping's key with https://",
    "set-identity-pool-roles",
    () => ({ IdentityPoolId: pool, RoleMappings: { [`https://${user}:client`]: { Type: "Token" } } }),
    /does not begin with https:\/\/|no https:\/\/\)/,
  ],
  [
    "a role by its name",
    "set-identity-pool-roles",
    () => ({ IdentityPoolId: pool, Roles: { authenticated: "my-role" } }),
    /authenticated must be an ARN such as arn:aws:iam/,
  ],
  [
    "a role for a kind that is none",
    "set-identity-pool-roles",
    () => ({ IdentityPoolId: pool, Roles: { admin: "arn:aws:iam::000000000000:role/admin" } }),
    /authenticated and unauthenticated/,
  ],
  [
    "a pool's id in place of its ARN",
    "tag-resource",
    () => ({ ResourceArn: pool, Tags: { a: "b" } }),
    /^ResourceArn: This is an id, not an ARN: pass it as IdentityPoolId/,
  ],
  [
    "things of two regions",
    "delete-identities",
    () => ({ IdentityIdsToDelete: [pool, pool.replace("eu-west-1", "us-east-1")] }),
    /is in eu-west-1, but .* is in us-east-1/,
  ],
  [
    "a region that is not the pool's",
    "diagnose-identity-pool",
    () => ({ IdentityPoolId: pool, region: "us-east-1" }),
    /^IdentityPoolId is in eu-west-1, but region is us-east-1/,
  ],
  [
    "an ARN whose region is not the pool's",
    "list-tags-for-resource",
    () => ({ ResourceArn: arnOf(pool).replace(":eu-west-1:", ":us-east-1:") }),
    /us-east-1, but the pool id in ResourceArn is in eu-west-1/,
  ],
])("%s", async (_, tool, input, reason) => {
  const from = service.calls.length;
  const { isError, content } = await session.call(tool, { ...input() });
  expect(isError).toBe(true);
  expect(content["refused"]).toMatch(reason);
  expect(content["next"]).toEqual(expect.any(String));
  expect(service.calls.slice(from)).toEqual([]);
});
