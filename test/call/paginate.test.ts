/** Lists that are followed to their end: as a whole, by name, cancelled, cut, and broken off. */
import {
  CreateIdentityPoolCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from "@aws-sdk/client-cognito-identity";
import { ProgressNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { followPages } from "../../src/call/lists/paginate.ts";
import { createPool, developerProvider, type Service, startServer, startService } from "../support/client.ts";
import { pageOfPools, startPagedService } from "../support/paged-service.ts";

const POOLS = 150;
const IDENTITIES = 130;
const USERS = 12;

let service: Service;
let pool: string;
let identity: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk, "Payments of Mars");
  for (let made = 1; made < POOLS; made += 1)
    await service.sdk.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: made === 100 ? "old payments" : `pool ${made}`,
        AllowUnauthenticatedIdentities: true,
      }),
    );
  for (let made = 0; made < IDENTITIES; made += 1) await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }));
  for (let user = 0; user < USERS; user += 1) {
    const { IdentityId } = await service.sdk.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: `user ${user}` },
        ...(user > 0 && { IdentityId: identity }),
      }),
    );
    identity = IdentityId ?? "";
  }
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => void service.calls.splice(0));

describe("allPages", () => {
  it("gives every pool once, and no NextToken", async () => {
    await using session = await startServer({ env: service.env });
    const { content } = await session.call("list-identity-pools", { allPages: true });
    const pools = content["IdentityPools"] as { IdentityPoolId: string }[];
    expect(new Set(pools.map(({ IdentityPoolId }) => IdentityPoolId)).size).toBe(POOLS);
    expect(Object.keys(content).sort()).toEqual(["IdentityPools", "region"]);
    expect(service.calls).toEqual(Array(3).fill("ListIdentityPools"));
  });

  it("gives every identity and every developer user, in pages of the size that is asked for", async () => {
    await using session = await startServer({ env: service.env });
    const identities = await session.call("list-identities", { IdentityPoolId: pool, allPages: true, MaxResults: 50 });
    expect(identities.content["Identities"]).toHaveLength(IDENTITIES + 1);
    expect(service.calls).toHaveLength(3);
    const input = { IdentityPoolId: pool, IdentityId: identity, MaxResults: 5, allPages: true };
    const { content } = await session.call("lookup-developer-identity", input);
    const users = Array.from({ length: USERS }, (_, user) => `user ${user}`);
    expect((content["DeveloperUserIdentifierList"] as string[]).sort()).toEqual(users.sort());
    expect(content["IdentityId"]).toBe(identity);
  });

  it("goes on from a NextToken", async () => {
    await using session = await startServer({ env: service.env });
    const { content: first } = await session.call("list-identity-pools");
    expect(first["IdentityPools"]).toHaveLength(60);
    const { content: rest } = await session.call("list-identity-pools", {
      NextToken: first["NextToken"],
      allPages: true,
    });
    expect(rest["IdentityPools"]).toHaveLength(POOLS - 60);
  });

  it("tells how many there are so far, to a client that asked for progress and to no other", async () => {
    await using session = await startServer({ env: service.env });
    const told: number[] = [];
    const call = { name: "list-identity-pools", arguments: { allPages: true } };
    await session.client.callTool(call, undefined, { onprogress: ({ progress }) => void told.push(progress) });
    expect(told).toEqual([60, 120]);
    session.client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => void told.push(params.progress));
    await session.client.callTool(call);
    expect(told).toEqual([60, 120]);
  });

  it("is one call to what the operator allows", async () => {
    for (const args of [
      ["--regions", "us-east-1"],
      ["--pools", pool],
    ]) {
      await using session = await startServer({ args, env: service.env });
      expect((await session.call("list-identity-pools", { allPages: true })).content).toHaveProperty("refused");
    }
    expect(service.calls).toEqual([]);
  });
});

describe("nameContains", () => {
  it("finds pools on any page, in whatever case, and tells how many it looked at", async () => {
    await using session = await startServer({ env: service.env });
    const { content } = await session.call("list-identity-pools", { nameContains: "PAYments" });
    expect(content["scanned"]).toBe(POOLS);
    const names = (content["IdentityPools"] as { IdentityPoolName: string }[]).map((entry) => entry.IdentityPoolName);
    expect(names.sort()).toEqual(["Payments of Mars", "old payments"]);
    const { content: none } = await session.call("list-identity-pools", { nameContains: "venus" });
    expect(none).toMatchObject({ IdentityPools: [], scanned: POOLS });
    expect(none).not.toHaveProperty("NextToken");
  });
});

describe("a list that does not end well", () => {
  it("is not followed once the call is cancelled", async () => {
    await using paged = await startPagedService((turn, input) =>
      turn === 1 ? { body: pageOfPools(input, 1000) } : undefined,
    );
    await using session = await startServer({ env: paged.env });
    const cancel = new AbortController();
    const answer = session.client.callTool({ name: "list-identity-pools", arguments: { allPages: true } }, undefined, {
      signal: cancel.signal,
      onprogress: () => {},
    });
    const refused = expect(answer).rejects.toThrow();
    await expect.poll(() => paged.held).toHaveLength(1);
    cancel.abort();
    await refused;
    // Sooner than a request that nobody answers would be given up anyway.
    await expect.poll(() => paged.held[0]?.destroyed, { timeout: 5_000 }).toBe(true);
    await session.client.ping();
    expect(paged.inputs).toHaveLength(2);
  });

  it("is cut before an answer gets too long, and can be gone on with", async () => {
    await using paged = await startPagedService((_, input) => ({ body: pageOfPools(input, 6, 1_000) }));
    await using session = await startServer({ env: paged.env });
    const idsIn = (page: Record<string, unknown>) =>
      (page["IdentityPools"] as { IdentityPoolId: string }[]).map(({ IdentityPoolId }) => IdentityPoolId);
    const { content, text } = await session.call("list-identity-pools", { allPages: true });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(40_000);
    expect(content).toMatchObject({
      NextToken: expect.stringContaining("~"),
      notes: [expect.stringMatching(/^The list is incomplete/)],
    });
    expect(content).not.toHaveProperty("truncated");
    const ids = idsIn(content);
    let { NextToken } = content;
    while (NextToken !== undefined) {
      const { content: more } = await session.call("list-identity-pools", { allPages: true, NextToken });
      ids.push(...idsIn(more));
      ({ NextToken } = more);
    }
    expect(ids).toHaveLength(360);
    expect(new Set(ids).size).toBe(360);
  });

  it("counts what invisible characters take once they can be seen", async () => {
    const unseen = (input: { NextToken?: string }) => {
      const { IdentityPools, ...rest } = pageOfPools(input, 6);
      return {
        ...rest,
        IdentityPools: IdentityPools.map((pool) => ({ ...pool, IdentityPoolName: "\u{e0041}".repeat(150) })),
      };
    };
    await using paged = await startPagedService((_, input) => ({ body: unseen(input) }));
    await using session = await startServer({ env: paged.env });
    const { content, text } = await session.call("list-identity-pools", { allPages: true });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(40_000);
    expect(content).toHaveProperty("NextToken");
  });

  it("is given up after 200 pages", async () => {
    await using paged = await startPagedService(() => ({ body: { IdentityPools: [], NextToken: "more" } }));
    await using session = await startServer({ env: paged.env });
    const { content } = await session.call("list-identity-pools", { nameContains: "x" });
    expect(content).toMatchObject({
      IdentityPools: [],
      NextToken: "more",
      notes: [expect.stringMatching(/^The list is incomplete/)],
    });
    expect(paged.inputs).toHaveLength(200);
  });

  it("gives what was found before a failure, says why it is not all, and fails where nothing was", async () => {
    const failure = { status: 400, body: { __type: "AccessDeniedException", message: "no" } };
    await using paged = await startPagedService((turn, input) =>
      turn < 3 ? { body: pageOfPools(input, 6) } : failure,
    );
    await using session = await startServer({ env: paged.env });
    const { isError, content } = await session.call("list-identity-pools", { allPages: true });
    expect(isError).toBe(false);
    expect(content["IdentityPools"]).toHaveLength(120);
    expect(content).toMatchObject({ NextToken: "2", notes: [expect.stringContaining("do not have this permission")] });
    const after = await session.call("list-identity-pools", { allPages: true });
    expect(after).toMatchObject({ isError: true, content: { code: "AccessDeniedException" } });
  });

  it("is withheld if a page holds a secret", async () => {
    const secret = "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY";
    await using paged = await startPagedService((_, input) => {
      const { IdentityPools, ...rest } = pageOfPools(input, 2);
      return { body: { ...rest, IdentityPools: IdentityPools.map((pool) => ({ ...pool, IdentityPoolName: secret })) } };
    });
    await using session = await startServer({ env: { ...paged.env, AWS_SECRET_ACCESS_KEY: secret } });
    const { content, text } = await session.call("list-identity-pools", { allPages: true });
    expect(content["refused"]).toMatch(/contains characters of a secret/);
    expect(text).not.toContain(secret.slice(5, 13));
  });
});

describe("a list that takes long", () => {
  it("stops after 40 seconds, before a client gives up, and says where it goes on", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      let asked = 0;
      const outcome = await followPages({
        pages: { list: "IdentityPools" },
        maxBytes: 40_000,
        input: { allPages: true },
        page: async () => {
          vi.advanceTimersByTime(9_000);
          asked += 1;
          return {
            kind: "success",
            content: { IdentityPools: [{ IdentityPoolName: `${asked}` }], NextToken: `${asked}` },
          };
        },
      });
      expect(asked).toBe(5);
      expect(outcome).toMatchObject({
        kind: "success",
        content: {
          IdentityPools: Array(5).fill({}),
          NextToken: "5",
          notes: [expect.stringContaining("pass NextToken")],
        },
      });
    } finally {
      vi.useRealTimers();
    }
  });
});
