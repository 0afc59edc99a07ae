/** Which failed calls name the report on missing credentials. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { everyTool } from "../../src/call/catalogue.ts";
import { dispatch } from "../../src/call/dispatch.ts";
import { createSession } from "../../src/call/session.ts";
import type { Services } from "../../src/call/types.ts";
import { fakeAws, openPolicy, testServices } from "../support/services.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const IdentityId = "eu-west-1:11111111-1111-4111-8111-111111111111";
const ROLES = [
  "InvalidIdentityPoolConfigurationException",
  "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
] as const;

class AwsError extends Error {
  readonly $metadata = { httpStatusCode: 400, requestId: "request" };
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** What the failed call tells to do next. */
async function hintOf(
  tool: string,
  given: object,
  [name, message]: readonly [string, string],
  parts: Partial<Services> = {},
): Promise<string> {
  const fail = () => Promise.reject(new AwsError(name, message));
  const services = testServices({ aws: fakeAws({ reader: () => fail, send: fail }), tools: everyTool, ...parts });
  const call = { tool, arguments: given, signal: new AbortController().signal };
  const outcome = await dispatch(call, services, createSession());
  if (outcome.kind !== "failure") throw new Error(JSON.stringify(outcome));
  expect(outcome.code).toBe(name);
  return outcome.hint;
}

const NAMED = /Or call diagnose-identity-pool with this error as errorText/;

describe("a call of the flow in which an identity gets credentials names the report", () => {
  it.each([
    ["get-credentials-for-identity", { IdentityId }, ROLES],
    [
      "get-credentials-for-identity",
      { IdentityId },
      ["NotAuthorizedException", `Access to Identity '${IdentityId}' is forbidden.`],
    ],
    [
      "get-id",
      { IdentityPoolId },
      ["NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."],
    ],
    ["get-open-id-token", { IdentityId }, ["ResourceNotFoundException", `Identity '${IdentityId}' not found.`]],
    [
      "get-id",
      { IdentityPoolId },
      ["AccessDeniedException", "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: x"],
    ],
  ] as const)("%s %j: %j", async (tool, given, error) => {
    expect(await hintOf(tool, given, error)).toMatch(NAMED);
  });

  const messages = JSON.parse(
    readFileSync(new URL("../facts/error-messages.json", import.meta.url), "utf8"),
  ) as readonly { readonly code: string; readonly message: string }[];
  /** Texts about a change of a pool, and about load. */
  const others =
    /Access to Role|RoleMapping ProviderName|Invalid Cognito Identity Provider|failed to satisfy constraint|^TooMany/;

  it.each(messages.map(({ code, message }) => [code, message]))(
    "for every text of AWS that a branch explains: %s %s",
    async (code, message) => {
      const hint = await hintOf("get-credentials-for-identity", { IdentityId }, [
        code,
        message.replace(/\{\w+\}/g, "1"),
      ]);
      expect(NAMED.test(hint)).toBe(!others.test(message) && !others.test(code));
    },
  );
});

it.each([
  [
    "a call of another tool",
    "describe-identity-pool",
    { IdentityPoolId },
    ["ResourceNotFoundException", `IdentityPool '${IdentityPoolId}' not found.`],
  ],
  ["load", "get-credentials-for-identity", { IdentityId }, ["TooManyRequestsException", "Rate exceeded"]],
  ["a text that no branch explains", "get-id", { IdentityPoolId }, ["InternalErrorException", "Internal error"]],
  [
    "a permission that this server lacks",
    "get-open-id-token-for-developer-identity",
    { IdentityPoolId, Logins: { "login.app": "ann" } },
    [
      "AccessDeniedException",
      "User: arn:aws:iam::1:user/x is not authorized to perform: cognito-identity:GetOpenIdTokenForDeveloperIdentity on resource: x",
    ],
  ],
] as const)("%s does not", async (_, tool, given, error) => {
  expect(await hintOf(tool, given, error)).not.toMatch(NAMED);
});

it("is not named where the operator denied it, or where it is not listed", async () => {
  const policy = { ...openPolicy, rules: new Map([["diagnose-identity-pool", "deny" as const]]) };
  expect(await hintOf("get-credentials-for-identity", { IdentityId }, ROLES, { policy })).not.toMatch(NAMED);
  const tools = everyTool.filter(({ name }) => name !== "diagnose-identity-pool");
  expect(await hintOf("get-credentials-for-identity", { IdentityId }, ROLES, { tools })).not.toMatch(NAMED);
});
