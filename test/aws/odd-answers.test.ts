/** Answers of AWS with values that AWS's model allows and programs stumble over, and with dates that are none. */
import { expect, it } from "vitest";
import { type Reply, startPuppet, startServer } from "../support/client.ts";

const pool = "eu-west-1:11111111-0000-4000-8000-000000000000";
const identity = "eu-west-1:22222222-0000-4000-8000-000000000000";

/** A server whose AWS answers so. */
async function start(reply: (operation: string) => Reply) {
  const puppet = await startPuppet(reply);
  const session = await startServer({ env: { ...puppet.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "30" } });
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      puppet.close();
    },
  };
}

const noDates = ["NaN", "Infinity", "yesterday", "2026-01-01T00:00:00Z", "", 1e300, -1e15, true, {}, [1]];

it.each(noDates)("a date %j is left out of an identity, and the rest is told", async (CreationDate) => {
  const entry = { IdentityId: identity, Logins: ["login.example.app"], CreationDate, LastModifiedDate: 1 };
  await using served = await start((operation) => ({
    status: 200,
    body: operation === "ListIdentities" ? { IdentityPoolId: pool, Identities: [entry] } : entry,
  }));
  const { session } = served;
  const told = { IdentityId: identity, Logins: entry.Logins, LastModifiedDate: "1970-01-01T00:00:01.000Z" };
  const described = await session.call("describe-identity", { IdentityId: identity });
  expect(described.content).toMatchObject(told);
  expect(described.content).not.toHaveProperty("CreationDate");
  const { content } = await session.call("list-identities", { IdentityPoolId: pool });
  expect(content["Identities"]).toEqual([told]);
  const deletion = await session.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: false } });
  expect(deletion.content).toHaveProperty("plan");
  expect(session.stderr()).toBe("");
});

it("a tag with the key __proto__ is told", async () => {
  const tags = '{"__proto__":"odd","constructor":"two","stage":"test"}';
  const body = (member: string) =>
    `{"IdentityPoolId":"${pool}","IdentityPoolName":"odd","AllowUnauthenticatedIdentities":true,"${member}":${tags}}`;
  await using served = await start((operation) => ({
    status: 200,
    body: body(operation === "ListTagsForResource" ? "Tags" : "IdentityPoolTags"),
  }));
  const described = await served.session.call("describe-identity-pool", { IdentityPoolId: pool });
  expect(described.text).toContain('"__proto__":"odd"');
  const ResourceArn = `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${pool}`;
  const listed = await served.session.call("list-tags-for-resource", { ResourceArn });
  expect(listed.text).toContain('"__proto__":"odd"');
});
