/** The operator's levels: what they let through, what they list, and that the strictest rule holds. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeIdentityPoolCommand, UpdateIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approvalLevelOf, levelOf, levels, type Policy } from "../../src/guards/policy.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { canLink, isGated } from "../../src/tools/kinds.ts";
import {
  approve,
  arnOf,
  createPool,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";

let service: Service;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => startServer({ args, env: service.env });
const nameOf = async (IdentityPoolId: string) =>
  (await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))).IdentityPoolName;

describe("off", () => {
  it("runs at once, asks nobody, and says that the policy allowed it", async () => {
    const pool = await createPool(service.sdk);
    await using session = await startServer({
      args: ["--policy", "delete=off"],
      env: service.env,
      respond: approve,
    });
    const { isError, content } = await session.call("delete-identity-pool", { IdentityPoolId: pool });
    expect({ isError, approved: content["approved"] }).toMatchObject({
      isError: false,
      approved: { by: "policy (level off)" },
    });
    expect(session.questions).toEqual([]);
  });

  it("for one tool leaves the others to a person", async () => {
    const pool = await createPool(service.sdk);
    await using session = await start("--policy", "tag-resource=off");
    const tags = { ResourceArn: arnOf(pool), Tags: { owner: "us" } };
    expect((await session.call("tag-resource", tags)).isError).toBe(false);
    const { content } = await session.call("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["owner"] });
    expect(content["refused"]).toMatch(/A person must approve/);
  });
});

describe("two-step", () => {
  let session: Session;
  beforeAll(async () => {
    session = await startServer({ args: ["--policy", "update=two-step"], env: service.env, respond: approve });
  });
  afterAll(() => session[Symbol.asyncDispose]());

  /** The first call of two: its token, having seen that it sent nothing that changes. */
  async function firstStep(tool: string, input: Record<string, unknown>): Promise<string> {
    const from = service.calls.length;
    const { isError, content } = await session.call(tool, input);
    expect(isError).toBe(true);
    expect(content).toMatchObject({
      refused: expect.stringMatching(/two calls/),
      plan: { action: expect.any(String) },
    });
    expect(content["next"]).toMatch(/not that a person approved/);
    expect(service.calls.slice(from).filter((call) => /^(Update|Set|Tag|Untag)/.test(call))).toEqual([]);
    return String(content["planToken"]);
  }

  it("shows the plan, and takes its token once, with the same call", async () => {
    const pool = await createPool(service.sdk);
    const rename = { IdentityPoolId: pool, IdentityPoolName: "renamed" };
    const planToken = await firstStep("update-identity-pool", rename);
    const { isError, content } = await session.call("update-identity-pool", { ...rename, planToken });
    expect({ isError, approved: content["approved"] }).toMatchObject({
      isError: false,
      approved: { by: "plan token" },
    });
    expect(await nameOf(pool)).toBe("renamed");
    // Back to how it was: what the token was bound to is true again, but it is used up.
    await service.sdk.send(
      new UpdateIdentityPoolCommand({
        ...(await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }))),
        IdentityPoolId: pool,
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: true,
      }),
    );
    const again = await session.call("update-identity-pool", { ...rename, planToken });
    expect(again.content["refused"]).toMatch(/has expired or was already used/);
    expect(await nameOf(pool)).toBe("pool");
    expect(session.questions).toEqual([]);
  });

  it("takes no token for another call, another pool, another tool or a state that moved", async () => {
    const [pool, other] = [await createPool(service.sdk), await createPool(service.sdk)];
    const rename = { IdentityPoolId: pool, IdentityPoolName: "renamed" };
    const planToken = await firstStep("update-identity-pool", rename);
    for (const [tool, input] of [
      ["update-identity-pool", { ...rename, IdentityPoolName: "something else" }],
      ["update-identity-pool", { ...rename, AllowClassicFlow: true }],
      ["update-identity-pool", { ...rename, IdentityPoolId: other }],
      ["tag-resource", { ResourceArn: arnOf(pool), Tags: { owner: "us" } }],
    ] as const) {
      const { content } = await session.call(tool, { ...input, planToken });
      expect(content["refused"]).toMatch(/is for another call/);
    }
    await service.sdk.send(
      new UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "moved",
        AllowUnauthenticatedIdentities: true,
      }),
    );
    const { content } = await session.call("update-identity-pool", { ...rename, planToken });
    expect(content).toMatchObject({
      refused: expect.stringMatching(/the account changed/),
      plan: { changes: [{ path: "IdentityPoolName", before: "moved", after: "renamed" }] },
    });
    expect([await nameOf(pool), await nameOf(other)]).toEqual(["moved", "pool"]);
  });

  it("lets one of many calls through that come at once with one token", async () => {
    const pool = await createPool(service.sdk);
    const rename = { IdentityPoolId: pool, IdentityPoolName: "renamed" };
    const planToken = await firstStep("update-identity-pool", rename);
    const from = service.calls.length;
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => session.call("update-identity-pool", { ...rename, planToken })),
    );
    expect(answers.filter(({ content }) => "approved" in content)).toHaveLength(1);
    expect(service.calls.slice(from).filter((call) => call === "UpdateIdentityPool")).toHaveLength(1);
  });

  it("is listed as a parameter where it is one, and unknown elsewhere", async () => {
    const { tools } = await session.client.listTools();
    const taking = tools.filter(({ inputSchema }) => "planToken" in (inputSchema.properties ?? {}));
    expect(taking.map(({ name }) => name)).toEqual(
      catalogue.filter(({ effect }) => effect === "update").map(({ name }) => name),
    );
    const pool = await createPool(service.sdk);
    const planToken = await firstStep("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "renamed" });
    const { content } = await session.call("delete-identity-pool", { IdentityPoolId: pool, planToken });
    expect(content["refused"]).toMatch(/planToken: not a member of delete-identity-pool/);
  });
});

describe("of several rules the strictest holds", () => {
  it("whether they come by flag, environment or file", async () => {
    const file = join(folder, "policy.json");
    writeFileSync(file, JSON.stringify({ "tag-resource": "two-step", vend: "deny" }));
    await using session = await startServer({
      args: ["--policy", "update=off,get-id=deny,vend=off", "--policy-file", file],
      env: { ...service.env, COGNITO_IDENTITY_MCP_POLICY: "untag-resource=human,get-id=off" },
    });
    const pool = await createPool(service.sdk);
    const rename = await session.call("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "renamed" });
    expect(rename.content["approved"]).toMatchObject({ by: "policy (level off)" });
    const tag = await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { owner: "us" } });
    expect(tag.content["refused"]).toMatch(/two calls/);
    const untag = await session.call("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["stage"] });
    expect(untag.content["refused"]).toMatch(/A person must approve/);
    for (const tool of ["get-id", "get-open-id-token"])
      expect((await session.call(tool, { IdentityPoolId: pool })).content["refused"]).toMatch(/denied/);
  });

  it("and a file with two rules with the same name refuses to start", async () => {
    const file = join(folder, "twice.json");
    writeFileSync(file, '{ "delete": "deny", "delete" : "off" }');
    const { code, stderr } = await runProgram(["serve", "--policy-file", file], {});
    expect(code).toBe(2);
    expect(stderr).toMatch(/twice\.json contains two rules for "[^"]+"\. Remove one/);
  });

  it("for every tool and any rules", () => {
    const rules = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...catalogue.map(({ name }) => name), "read", "create", "update", "delete", "vend"),
        fc.constantFrom(...levels),
      ),
      { selector: ([name]) => name },
    );
    fc.assert(
      fc.property(rules, fc.constantFrom(...catalogue), fc.boolean(), (set, tool, requiresPasskey) => {
        const policy = { rules: new Map(set), requiresPasskey } as Partial<Policy> as Policy;
        const order = ["deny", "passkey", "human", "two-step", "off"] as const;
        const least = (level: string) => (requiresPasskey && level !== "deny" ? "passkey" : level);
        const meant = set.filter(([name]) => name === tool.name || name === tool.effect).map(([, level]) => level);
        const strictest = order.find((level) => meant.some((one) => one === level));
        const plain = strictest ?? (isGated(tool) ? "human" : "off");
        const level = isGated(tool) ? least(plain) : plain;
        expect(levelOf(tool, policy)).toBe(level);
        // A call that may merge identities counts as a deletion too.
        const deletion = policy.rules.get("delete") ?? "human";
        const both = least(order.find((one) => one === level || one === deletion) ?? "");
        expect(approvalLevelOf(tool, policy)).toBe(canLink(tool) ? both : level);
      }),
    );
  });
});
