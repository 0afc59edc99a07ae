/** The redactor leaves our own words whole. The list of keys in src/mcp/vocabulary.ts must name every key that we write. */
import { describe, expect, it } from "vitest";
import { NGRAM_BYTES } from "../../src/guards/redaction/ngram-set.ts";
import { publicVocabulary } from "../../src/mcp/vocabulary.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import {
  approve,
  arnOf,
  createPool,
  developerProvider,
  guestRole,
  startPuppet,
  startServer,
  startService,
} from "../support/client.ts";

const vocabulary = publicVocabulary(catalogue);

/** Every key inside the value, as far as it is long enough to be redacted. */
function keysOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value).filter((key) => key.length >= NGRAM_BYTES);
  return [...own, ...Object.values(value).flatMap(keysOf)];
}

/** Keys of the account: providers and session tags, not words of ours. */
const chosen = new Set(["graph.facebook.com", "accounts.google.com", developerProvider, "username"]);

function expectKnown(value: unknown): void {
  const unknown = keysOf(value).filter((key) => !vocabulary.includes(key) && !chosen.has(key));
  expect([...new Set(unknown)]).toEqual([]);
}

describe("every key of ours is public", () => {
  it("in answers, forms, refusals with a plan and plan tokens", async () => {
    await using service = await startService();
    const pool = await createPool(service.sdk);
    const ResourceArn = arnOf(pool);
    await using asked = await startServer({ env: service.env, respond: approve });
    await using silent = await startServer({ env: service.env });
    await using twoStep = await startServer({ env: service.env, args: ["--policy", "update=two-step"] });
    const { content: identity } = await asked.call("get-id", { IdentityPoolId: pool });
    const IdentityId = String(identity["IdentityId"]);
    const answers = [
      await asked.call("list-identity-pools", { nameContains: "p" }),
      await asked.call("describe-identity-pool", { IdentityPoolId: pool }),
      await asked.call("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "other" }),
      await asked.call("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "other" }),
      await asked.call("set-identity-pool-roles", { IdentityPoolId: pool, Roles: { authenticated: guestRole } }),
      await asked.call("tag-resource", { ResourceArn, Tags: { stage: "b", x: "c" } }),
      await asked.call("untag-resource", { ResourceArn, TagKeys: ["x"] }),
      await asked.call("set-principal-tag-attribute-map", {
        IdentityPoolId: pool,
        IdentityProviderName: "accounts.google.com",
        UseDefaults: true,
      }),
      await asked.call("get-credentials-for-identity", { IdentityId }),
      await asked.call("list-identities", { IdentityPoolId: pool, allPages: true }),
      await asked.call("describe-identity", { IdentityId }),
      await asked.call("delete-identities", { IdentityIdsToDelete: [IdentityId] }),
      await asked.call("get-open-id-token", { IdentityId, Logins: { "accounts.google.com": "not-a-token" } }),
      await silent.call("delete-identity-pool", { IdentityPoolId: pool }),
      await twoStep.call("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "third" }),
      await asked.call("delete-identity-pool", { IdentityPoolId: pool }),
      await asked.call("describe-identity-pool", { IdentityPoolId: pool }),
    ];
    expectKnown(answers.map(({ content }) => content));
    expectKnown(asked.questions);
    expect(answers.flatMap(({ content }) => Object.keys(content))).toEqual(
      expect.arrayContaining(["approved", "undo", "recreate", "planToken", "refused", "failed", "handle", "scanned"]),
    );
  });

  it("in lists, resources, prompts and completion", async () => {
    await using service = await startService();
    const pool = await createPool(service.sdk);
    await using session = await startServer({ env: service.env });
    const { client } = session;
    const { contents } = await client.readResource({ uri: `cognito-identity://pool/${pool}` });
    const [document] = contents as { text: string }[];
    expectKnown([
      client.getServerCapabilities(),
      await client.listResources(),
      await client.listResourceTemplates(),
      await client.listPrompts(),
      await client.getPrompt({ name: "review-pool", arguments: { poolId: pool } }),
      await client.complete({
        ref: { type: "ref/prompt", name: "review-pool" },
        argument: { name: "poolId", value: "e" },
      }),
      JSON.parse(document?.text ?? ""),
    ]);
  });

  it("in an answer that is truncated, and in an error of AWS", async () => {
    // One identity that is too long alone: a list goes on behind its last entry.
    const Logins = Array.from({ length: 700 }, (_, index) => `login${index}.example.com/${"x".repeat(60)}`);
    const Identities = [{ Logins }];
    for (const reply of [
      { status: 200, body: { Identities } },
      { status: 400, body: { __type: "NotAuthorizedException", message: "Logins don't match." } },
    ]) {
      const puppet = await startPuppet(() => reply);
      await using session = await startServer({ env: puppet.env });
      const id = "eu-west-1:00000000-0000-4000-8000-000000000000";
      const { content } = await session.call("list-identities", { IdentityPoolId: id });
      puppet.close();
      expect(Object.keys(content)).toContain(reply.status === 200 ? "truncated" : "requestId");
      expectKnown(content);
    }
  });
});
