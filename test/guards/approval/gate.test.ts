/** Ten gated tools, and every way in which a person does not say yes: nothing may change in the service. */
import {
  DescribeIdentityPoolCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  SetIdentityPoolRolesCommand,
  UpdateIdentityPoolCommand,
} from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../../src/tools/catalogue.ts";
import { isGated } from "../../../src/tools/kinds.ts";
import {
  approve,
  arnOf,
  createPool,
  decline,
  defaultEra,
  developerProvider,
  guestRole,
  type Respond,
  type Service,
  type Session,
  startServer,
  startService,
} from "../../support/client.ts";
import { report } from "../../support/figures.ts";
import { googleToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const Logins = { [google]: googleToken("user") };

let service: Service;
let pool: string;
/** A call of each gated tool that would change something. */
let gated: Record<string, Record<string, unknown>>;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  const identity = await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool, Logins }));
  const [old] = await Promise.all(
    ["old", "new"].map((user) =>
      service.sdk.send(
        new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { [developerProvider]: user } }),
      ),
    ),
  );
  const provider = { IdentityPoolId: pool, DeveloperProviderName: developerProvider };
  gated = {
    "update-identity-pool": { IdentityPoolId: pool, IdentityPoolName: "renamed" },
    "set-identity-pool-roles": { IdentityPoolId: pool, Roles: { authenticated: guestRole } },
    "set-principal-tag-attribute-map": { IdentityPoolId: pool, IdentityProviderName: google, UseDefaults: true },
    "tag-resource": { ResourceArn: arnOf(pool), Tags: { owner: "us" } },
    "untag-resource": { ResourceArn: arnOf(pool), TagKeys: ["stage"] },
    "delete-identity-pool": { IdentityPoolId: pool },
    "delete-identities": { IdentityIdsToDelete: [identity.IdentityId] },
    "unlink-identity": { IdentityId: identity.IdentityId, Logins, LoginsToRemove: [google] },
    "merge-developer-identities": { ...provider, SourceUserIdentifier: "old", DestinationUserIdentifier: "new" },
    "unlink-developer-identity": { ...provider, IdentityId: old?.IdentityId, DeveloperUserIdentifier: "old" },
  };
});
afterAll(() => {
  report(8, `10 tools that update or delete × ${Object.keys(ways).length} answers other than yes`, "no mutating call");
  return service[Symbol.asyncDispose]();
});

const names = catalogue.filter(isGated).map(({ name }) => name);

/** What a plan may ask the service. */
const reads = /^(Describe|Get(IdentityPoolRoles|PrincipalTagAttributeMap)|List|Lookup)/;

/** Calls the tool and gives its answer, having seen that nothing but reads reached the service. */
async function withoutChange(session: Session, tool: string) {
  const from = service.calls.length;
  const answer = await session.call(tool, gated[tool]);
  expect(service.calls.slice(from).filter((operation) => !reads.test(operation))).toEqual([]);
  return answer;
}

it("are ten", () => expect(names.sort()).toEqual(Object.keys(gated).sort()));

const ways: Readonly<Record<string, { respond?: Respond; reason: RegExp }>> = {
  "cannot ask": { reason: /cannot show a form/ },
  declines: { respond: decline, reason: /closed with its Decline button/ },
  dismisses: { respond: () => ({ action: "cancel" }), reason: /closed without an answer|does not show forms/ },
  "accepts without content": { respond: () => ({ action: "accept" }), reason: /without a valid answer/ },
  "accepts with empty content": {
    respond: () => ({ action: "accept", content: {} }),
    reason: /without a valid answer/,
  },
  "accepts with wrong content": {
    respond: () => ({ action: "accept", content: { answer: "no" } }),
    reason: /Rejected by a person, in the client/,
  },
  "accepts with a boolean": {
    respond: () => ({ action: "accept", content: { answer: true } }),
    reason: /without a valid answer/,
  },
  "accepts with more than was asked": {
    respond: async (question) => {
      const yes = await approve(question);
      return { ...yes, content: { ...yes.content, also: "this" } };
    },
    reason: /without a valid answer/,
  },
  "accepts with the answer to another form": {
    respond: async (question) => {
      const { content } = await approve(question);
      return { action: "accept", content: { answer: content?.["answer"] === "yes" ? "pool" : "yes" } };
    },
    reason: /neither yes nor no|does not match/,
  },
  // In the modern era a client that fails to answer does not make the call again, and raises its own error.
  ...(defaultEra === "legacy" && {
    "fails to answer": {
      respond: () => {
        throw new Error("broken form");
      },
      reason: /could not show it|does not show forms/,
    },
  }),
};

describe.each(Object.entries(ways))("a client that %s", (_, { respond, reason }) => {
  let session: Session;
  beforeAll(async () => {
    session = await startServer({ env: service.env, ...(respond && { respond }) });
  });
  afterAll(() => session[Symbol.asyncDispose]());

  it.each(names)("changes nothing with %s", async (tool) => {
    const { isError, content } = await withoutChange(session, tool);
    expect(isError).toBe(true);
    expect(content).toMatchObject({
      refused: expect.stringMatching(reason),
      next: expect.any(String),
      plan: { region: "eu-west-1", changes: expect.arrayContaining([expect.anything()]) },
    });
    expect(content["refused"]).toContain("Nothing was changed.");
  });
});

describe("a client that says it can ask, and not how", () => {
  it("is asked in a form", async () => {
    const id = await createPool(service.sdk, "asked");
    const capabilities = { elicitation: {} };
    await using session = await startServer({ env: service.env, respond: approve, capabilities });
    expect((await session.call("delete-identity-pool", { IdentityPoolId: id })).isError).toBe(false);
    expect(session.questions).toHaveLength(1);
  });
});

// In the modern era no call is open while a person reads: `test/guards/approval/returned.test.ts` has the same there.
describe.runIf(defaultEra === "legacy")("nobody answers", () => {
  it.each(["update-identity-pool", "delete-identity-pool"])("%s is refused when the time is over", async (tool) => {
    await using session = await startServer({
      args: ["--answer-within", "1"],
      env: service.env,
      respond: () => new Promise(() => {}),
    });
    const { content } = await withoutChange(session, tool);
    expect(content["refused"]).toMatch(/nobody answered within 1 seconds/);
  });

  it("a call that the client cancels while it asks changes nothing, whatever is answered later", async () => {
    let answer: (yes: Awaited<ReturnType<Respond>>) => void = () => {};
    const cancel = new AbortController();
    await using session = await startServer({
      env: service.env,
      respond: () => {
        cancel.abort();
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    const from = service.calls.length;
    await expect(
      session.client.callTool({ name: "delete-identity-pool", arguments: { IdentityPoolId: pool } }, undefined, {
        signal: cancel.signal,
      }),
    ).rejects.toThrow();
    answer({ action: "accept", content: { answer: "pool" } });
    // The server answers in order: once this has come back, the late answer has been read.
    await session.call("describe-identity-pool", { IdentityPoolId: pool });
    expect(service.calls.slice(from)).not.toContain("DeleteIdentityPool");
  });
});

describe("the account changes while a person reads the plan", () => {
  it("the answer is the new plan, and nothing is sent", async () => {
    await using session = await startServer({
      env: service.env,
      respond: async (question) => {
        await service.sdk.send(
          new SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles: { authenticated: guestRole } }),
        );
        return approve(question);
      },
    });
    const other = await createPool(service.sdk, "other");
    const { isError, content } = await session.call("delete-identity-pool", { IdentityPoolId: pool });
    expect(isError).toBe(true);
    expect(content["refused"]).toMatch(/The approval no longer applies/);
    expect(content["plan"]).toMatchObject({
      changes: expect.arrayContaining([{ path: "Roles.authenticated", before: guestRole }]),
    });
    expect((await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }))).IdentityPoolId).toBe(
      pool,
    );
    expect(other).not.toBe(pool);
  });

  it("a merge is not sent over what somebody else changed", async () => {
    await using session = await startServer({
      env: service.env,
      respond: async (question) => {
        await service.sdk.send(
          new UpdateIdentityPoolCommand({
            IdentityPoolId: pool,
            IdentityPoolName: "changed by somebody else",
            AllowUnauthenticatedIdentities: true,
          }),
        );
        return approve(question);
      },
    });
    const { content } = await session.call("update-identity-pool", { IdentityPoolId: pool, AllowClassicFlow: false });
    expect(content["refused"]).toMatch(/The approval no longer applies/);
    expect(await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }))).toMatchObject({
      IdentityPoolName: "changed by somebody else",
    });
  });
});

describe("what the person is shown", () => {
  it("a plan with its difference, the dangerous first, and untrusted names in quotes and in one line", async () => {
    const { sdk } = service;
    const id = await createPool(sdk, "a\nb");
    await using session = await startServer({ env: service.env, respond: decline });
    await session.call("update-identity-pool", {
      IdentityPoolId: id,
      IdentityPoolName: "c",
      clear: ["SupportedLoginProviders"],
    });
    const [question] = session.questions;
    const lines = question?.message.split("\n") ?? [];
    expect(lines[0]).toBe(
      `Update identity pool "a\\nb" (${id}) in eu-west-1, the account of access key …TEST. This cannot be undone.`,
    );
    expect(lines[1]).toMatch(/^Identities that signed in by "graph\.facebook\.com"/);
    expect(lines[2]).toMatch(/^Identities that signed in by "accounts\.google\.com"/);
    expect(lines[3]).toMatch(/^These members stay as they are: .*DeveloperProviderName, IdentityPoolTags\.$/);
    expect(lines[4]).toMatch(/^The undo has characters /);
    expect(lines.slice(5)).toEqual([
      '- SupportedLoginProviders.graph.facebook.com: "1234567890"',
      '- SupportedLoginProviders.accounts.google.com: "app.example"',
      '~ IdentityPoolName: "a\\nb" → "c"',
    ]);
  });
});
