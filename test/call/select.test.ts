/** Lists with filters: the same as filtering every description by hand, in one call, and honest about what was not read. */
import {
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  type IdentityPool,
  SetIdentityPoolRolesCommand,
} from "@aws-sdk/client-cognito-identity";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countTokens } from "../../scripts/tokens.ts";
import { createPace } from "../../src/call/lists/pace.ts";
import { select } from "../../src/call/lists/select.ts";
import { poolSelection } from "../../src/selections/pool-filters.ts";
import {
  guestRole,
  region,
  type Service,
  type Session,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";
import { type PagedInput, pageOfPools, startPagedService } from "../support/paged-service.ts";

const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123";
const saml = "arn:aws:iam::000000000000:saml-provider/corp";
const oidc = "arn:aws:iam::000000000000:oidc-provider/login.corp.example";

/** Pools of all kinds: each combination of a few settings is in the account several times, in no order. */
const settings = fc.record({
  IdentityPoolName: fc.constantFrom("photo upload", "Photo share", "shop", "shop-photo", "x"),
  AllowUnauthenticatedIdentities: fc.boolean(),
  AllowClassicFlow: fc.constantFrom(undefined, true, false),
  SupportedLoginProviders: fc.constantFrom(undefined, { "accounts.google.com": "app.example" }),
  CognitoIdentityProviders: fc.constantFrom<{ ProviderName: string; ClientId: string }[] | undefined>(undefined, [
    { ProviderName: userPool, ClientId: "client" },
  ]),
  SamlProviderARNs: fc.constantFrom<string[] | undefined>(undefined, [saml]),
  OpenIdConnectProviderARNs: fc.constantFrom<string[] | undefined>(undefined, [oidc]),
  DeveloperProviderName: fc.constantFrom(undefined, "login.example.app"),
  IdentityPoolTags: fc.constantFrom(undefined, { env: "prod" }, { env: "test", "a=b": "c" }),
  Roles: fc.constantFrom({}, { authenticated: userRole }, { authenticated: userRole, unauthenticated: guestRole }),
});

interface Known extends IdentityPool {
  readonly Roles: Readonly<Record<string, string>>;
}

/** What each filter means, written again from the documentation of the tool. */
const meanings: Readonly<Record<string, (pool: Known, value: never) => boolean>> = {
  nameContains: ({ IdentityPoolName = "" }, text: string) => new RegExp(text, "i").test(IdentityPoolName),
  namePrefix: ({ IdentityPoolName = "" }, text: string) => new RegExp(`^${text}`, "i").test(IdentityPoolName),
  guests: (pool, on: boolean) => pool.AllowUnauthenticatedIdentities === on,
  classicFlow: (pool, flow: string) => (pool.AllowClassicFlow === false ? flow === "closed" : flow === "open"),
  withoutRole: ({ Roles }, kind: string) => !(kind in Roles),
  provider: (pool, name: string) =>
    ({
      "accounts.google.com": pool.SupportedLoginProviders,
      [userPool]: pool.CognitoIdentityProviders,
      "eu-west-1_AbC123": pool.CognitoIdentityProviders,
      [saml]: pool.SamlProviderARNs,
      corp: pool.SamlProviderARNs,
      [oidc]: pool.OpenIdConnectProviderARNs,
      "login.corp.example": pool.OpenIdConnectProviderARNs,
      "login.example.app": pool.DeveloperProviderName,
    })[name] !== undefined,
  tag: ({ IdentityPoolTags = {} }, tag: string) =>
    Object.entries(IdentityPoolTags).some(([key, value]) => tag === key || tag === `${key}=${value}`),
};

const providers = [
  "accounts.google.com",
  userPool,
  "eu-west-1_AbC123",
  saml,
  "corp",
  oidc,
  "login.corp.example",
  "login.example.app",
  "graph.facebook.com",
];
const optional = { requiredKeys: [] };
const filters = fc.record(
  {
    nameContains: fc.constantFrom("PHOTO", "o", "shop"),
    namePrefix: fc.constantFrom("photo", "sh", "y"),
    guests: fc.boolean(),
    classicFlow: fc.constantFrom("open", "closed"),
    withoutRole: fc.constantFrom("authenticated", "unauthenticated"),
    provider: fc.constantFrom(...providers),
    tag: fc.constantFrom("env", "env=prod", "a=b", "a=b=c", "env=", "prod"),
    any: fc.constant(true),
    details: fc.constant(true),
  },
  optional,
);

const narrowing = new Set(["nameContains", "namePrefix"]);
const controls = new Set(["any", "details"]);

function byHand(pools: readonly Known[], asked: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(asked).filter((name) => !controls.has(name));
  const wide = names.filter((name) => !narrowing.has(name));
  return pools
    .filter((pool) => {
      const holds = (name: string) => meanings[name]?.(pool, asked[name] as never) === true;
      if (!names.filter((name) => narrowing.has(name)).every(holds)) return false;
      return asked["any"] === true && wide.length > 0 ? wide.some(holds) : wide.every(holds);
    })
    .map(({ IdentityPoolId = "" }) => IdentityPoolId)
    .sort();
}

interface Listed {
  readonly IdentityPoolId: string;
  readonly IdentityPoolName: string;
}

const idsIn = (content: Record<string, unknown>) =>
  (content["IdentityPools"] as Listed[]).map(({ IdentityPoolId }) => IdentityPoolId).sort();

async function makePools(
  service: Service,
  made: readonly (typeof settings extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const pools: Known[] = [];
  for (const { Roles, ...configuration } of made) {
    const { IdentityPoolId } = await service.sdk.send(new CreateIdentityPoolCommand(configuration));
    if (Object.keys(Roles).length > 0)
      await service.sdk.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
    const pool = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
    const roles = await service.sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
    pools.push({ ...pool, Roles: roles.Roles ?? {} });
  }
  return pools;
}

describe("pools chosen by filters", () => {
  let service: Service;
  let session: Session;
  let pools: Known[];

  beforeAll(async () => {
    service = await startService();
    pools = await makePools(service, fc.sample(settings, { numRuns: 18, seed: 7 }));
    session = await startServer({ env: service.env });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });
  beforeEach(() => void service.calls.splice(0));

  it("are those that filtering every description by hand gives, for any filters together", {
    timeout: 120_000,
  }, async () => {
    const asked = filters.filter((chosen) => Object.keys(chosen).some((name) => !controls.has(name)));
    await fc.assert(
      fc.asyncProperty(asked, async (chosen) => {
        const { content } = await session.call("list-identity-pools", chosen);
        const expected = byHand(pools, chosen);
        expect(content).toMatchObject({ scanned: pools.length, matched: expected.length });
        expect(idsIn(content)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("show what the filters are about, and all settings with details", async () => {
    const { content } = await session.call("list-identity-pools", {
      guests: true,
      classicFlow: "open",
      provider: "corp",
    });
    for (const pool of content["IdentityPools"] as object[])
      expect(pool).toEqual({
        IdentityPoolId: expect.any(String),
        IdentityPoolName: expect.any(String),
        guests: true,
        classicFlow: "open",
        providers: [saml],
      });
    const { content: all } = await session.call("list-identity-pools", { details: true });
    expect(all).toMatchObject({ scanned: pools.length, matched: pools.length });
    const [first] = all["IdentityPools"] as object[];
    expect(first).toMatchObject({
      guests: expect.any(Boolean),
      classicFlow: expect.any(String),
      providers: expect.any(Array),
    });
  });

  it("cost no more reads than the filters need", async () => {
    await session.call("list-identity-pools", { namePrefix: "shop" });
    expect(service.calls).toEqual(["ListIdentityPools"]);
    service.calls.splice(0);
    await session.call("list-identity-pools", { namePrefix: "shop", withoutRole: "authenticated" });
    const named = byHand(pools, { namePrefix: "shop" });
    expect(service.calls.filter((name) => name === "GetIdentityPoolRoles")).toHaveLength(named.length);
    expect(service.calls).not.toContain("DescribeIdentityPool");
  });

  it("are not read where the policy denies a read that a filter needs, or the region", {
    timeout: 120_000,
  }, async () => {
    for (const [args, asked] of [
      [["--policy", "describe-identity-pool=deny"], { guests: true }],
      [["--policy", "get-identity-pool-roles=deny"], { withoutRole: "authenticated" }],
      [["--regions", "us-east-1"], { guests: true }],
      [["--pools", pools[0]?.IdentityPoolId ?? ""], { guests: true }],
    ] as const) {
      await using denied = await startServer({ args, env: service.env });
      const { isError, content } = await denied.call("list-identity-pools", asked);
      expect(isError).toBe(true);
      expect(content["refused"]).toMatch(/denied|allow/);
    }
    expect(service.calls.filter((name) => name !== "ListIdentityPools")).toEqual([]);
    await using denied = await startServer({ args: ["--policy", "describe-identity-pool=deny"], env: service.env });
    const { content } = await denied.call("list-identity-pools", { withoutRole: "unauthenticated" });
    expect(idsIn(content)).toEqual(byHand(pools, { withoutRole: "unauthenticated" }));
  });
});

describe("many pools", () => {
  it("with guests or classic flow are answered in one call, in at most 1,500 tokens for 150", async () => {
    await using service = await startService();
    const apps = ["photo-upload", "shop-checkout", "sensor-fleet", "chat", "reporting"];
    const stages = ["prod", "staging", "dev"];
    for (let made = 0; made < 150; made += 1)
      await service.sdk.send(
        new CreateIdentityPoolCommand({
          IdentityPoolName: `${apps[made % 5]}-${stages[made % 3]}-${made}`,
          AllowUnauthenticatedIdentities: made % 2 === 0,
          // Of every kind, and not one without guests or classic flow: the longest answer.
          ...(made % 4 === 0 && { AllowClassicFlow: false }),
        }),
      );
    await using session = await startServer({ env: service.env });
    const { content, text } = await session.call("list-identity-pools", {
      any: true,
      guests: true,
      classicFlow: "open",
    });
    expect(content).toMatchObject({ scanned: 150, matched: 150 });
    const groups = content["groups"] as { guests: boolean; classicFlow: string; count: number; names: string[] }[];
    expect(groups.map(({ count }) => count).sort()).toEqual([37, 38, 75].sort());
    expect(new Set(groups.flatMap(({ names }) => names)).size).toBe(150);
    expect(countTokens(text)).toBeLessThanOrEqual(1_500);
  });

  const twentyPages = (input: PagedInput) =>
    input.IdentityPoolId === undefined
      ? { body: pageOfPools(input, 17) }
      : { body: { IdentityPoolId: input.IdentityPoolId, AllowUnauthenticatedIdentities: true } };

  it("are read at most 8 at a time and 40 a second, with progress, and no more once the call is cancelled", async () => {
    let open = 0;
    let most = 0;
    const starts: number[] = [];
    await using paged = await startPagedService(async (_, input) => {
      if (input.IdentityPoolId !== undefined) {
        starts.push(performance.now());
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, 300));
        open -= 1;
      }
      return twentyPages(input);
    });
    await using session = await startServer({ env: paged.env });
    const cancel = new AbortController();
    const told: number[] = [];
    const answer = session.client.callTool({ name: "list-identity-pools", arguments: { guests: true } }, undefined, {
      signal: cancel.signal,
      onprogress: ({ progress }) => void told.push(progress),
    });
    const refused = expect(answer).rejects.toThrow();
    await expect.poll(() => starts.length, { timeout: 20_000 }).toBeGreaterThan(70);
    cancel.abort();
    await refused;
    await session.client.ping();
    const sent = paged.inputs.length;
    // Longer than a read and its turn take.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(paged.inputs).toHaveLength(sent);
    expect(most).toBeLessThanOrEqual(8);
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual([...told].sort((one, other) => one - other));
    expect(sent).toBeLessThan(200);
  });

  it("are 1,000 in one call", { timeout: 90_000 }, async () => {
    await using paged = await startPagedService((_, input) => twentyPages(input));
    await using session = await startServer({ env: paged.env });
    const call = { name: "list-identity-pools", arguments: { guests: true } };
    const answer = await session.client.callTool(call, undefined, { timeout: 80_000 });
    expect(answer.structuredContent).toMatchObject({ scanned: 1020, matched: 1020, groups: [{ count: 1020 }] });
    expect(answer.structuredContent).not.toHaveProperty("NextToken");
  });
});

describe("pools that cannot all be read", () => {
  const poolOf = (input: PagedInput) => Number(input.IdentityPoolId?.slice(-12));
  const refusal = (type: string) => ({ status: 400, body: { __type: type, message: "no" } });

  it("are counted: those that vanish, and those that AWS does not let the server read", async () => {
    await using paged = await startPagedService((_, input) => {
      if (input.IdentityPoolId === undefined) return { body: pageOfPools(input, 1) };
      const pool = poolOf(input);
      if (pool % 10 === 3) return refusal("ResourceNotFoundException");
      if (pool % 10 === 7) return refusal("AccessDeniedException");
      return { body: { IdentityPoolId: input.IdentityPoolId, AllowUnauthenticatedIdentities: pool % 10 === 0 } };
    });
    await using session = await startServer({ env: paged.env });
    const { isError, content } = await session.call("list-identity-pools", { guests: true });
    expect(isError).toBe(false);
    expect(content).toMatchObject({
      scanned: 60,
      matched: 6,
      gone: 6,
      notRead: [{ code: "AccessDeniedException", count: 6, reason: expect.stringContaining("permission") }],
      notes: [expect.stringContaining("may match too")],
    });
    expect((content["notRead"] as { ids: string[] }[])[0]?.ids).toHaveLength(3);
  });

  it("are read again, more slowly, when AWS throttles", async () => {
    const tries = new Map<number, number>();
    await using paged = await startPagedService((_, input) => {
      if (input.IdentityPoolId === undefined) return { body: pageOfPools(input, 1) };
      const pool = poolOf(input);
      tries.set(pool, (tries.get(pool) ?? 0) + 1);
      // More often than the SDK itself tries.
      if (pool === 5 && (tries.get(pool) ?? 0) < 5) return refusal("TooManyRequestsException");
      return { body: { IdentityPoolId: input.IdentityPoolId, AllowUnauthenticatedIdentities: pool < 9 } };
    });
    await using session = await startServer({ env: paged.env });
    const { content } = await session.call("list-identity-pools", { guests: true });
    expect(content).toMatchObject({ scanned: 60, matched: 9 });
    expect(content).not.toHaveProperty("notes");
    expect(tries.get(5)).toBe(5);
  });

  it("are gone on with after a failure, and fail where nothing was read", async () => {
    let broken = true;
    await using paged = await startPagedService((_, input) => {
      if (input.IdentityPoolId === undefined) return { body: pageOfPools(input, 2) };
      if (broken && poolOf(input) === 70) return refusal("InvalidParameterException");
      return {
        body: { IdentityPoolId: input.IdentityPoolId, AllowUnauthenticatedIdentities: poolOf(input) % 20 === 0 },
      };
    });
    await using session = await startServer({ env: paged.env });
    const { content: first } = await session.call("list-identity-pools", { guests: true });
    expect(first).toMatchObject({ scanned: 70, matched: 4, NextToken: expect.stringMatching(/~1$/) });
    const again = await session.call("list-identity-pools", { guests: true, NextToken: first["NextToken"] });
    expect(again).toMatchObject({ isError: true, content: { code: "InvalidParameterException" } });
    broken = false;
    const { content: rest } = await session.call("list-identity-pools", {
      guests: true,
      NextToken: first["NextToken"],
    });
    expect(rest).toMatchObject({ scanned: 50, matched: 2 });
    expect(new Set([...idsIn(first), ...idsIn(rest)]).size).toBe(6);
  });

  it("are answered as far as they fit, each once", async () => {
    const wide = (input: PagedInput) =>
      input.IdentityPoolId === undefined
        ? { body: pageOfPools(input, 3) }
        : { body: { IdentityPoolId: input.IdentityPoolId, SamlProviderARNs: [saml.padEnd(900, "x")] } };
    await using paged = await startPagedService((_, input) => wide(input));
    await using session = await startServer({ env: paged.env });
    const ids: string[] = [];
    let NextToken: unknown;
    do {
      const { content, text } = await session.call("list-identity-pools", {
        details: true,
        ...(NextToken !== undefined && { NextToken }),
      });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(40_000);
      expect(content).not.toHaveProperty("truncated");
      ids.push(...idsIn(content));
      NextToken = content["NextToken"];
    } while (NextToken !== undefined);
    expect(ids).toHaveLength(180);
    expect(new Set(ids).size).toBe(180);
  });

  it("show nothing that the allow-list drops, and no secret of a provider", async () => {
    await using paged = await startPagedService((_, input) =>
      input.IdentityPoolId === undefined
        ? { body: pageOfPools(input, 1) }
        : {
            body: {
              IdentityPoolId: input.IdentityPoolId,
              SupportedLoginProviders: { "api.twitter.com": "KEY;VERYSECRETVALUE" },
              Undeclared: "must not leave",
            },
          },
    );
    await using session = await startServer({ env: paged.env });
    for (const asked of [{ details: true }, { provider: "api.twitter.com" }]) {
      const { content, text } = await session.call("list-identity-pools", asked);
      expect(content).toMatchObject({ matched: 60 });
      expect(text).not.toMatch(/VERYSECRET|must not leave/);
    }
  });

  it("fail where an answer does not have the documented structure", async () => {
    await using paged = await startPagedService((_, input) =>
      input.IdentityPoolId === undefined
        ? { body: pageOfPools(input, 1) }
        : { body: { IdentityPoolId: input.IdentityPoolId, SamlProviderARNs: [{ inside: "must not leave" }] } },
    );
    await using session = await startServer({ env: paged.env });
    const { isError, content, text } = await session.call("list-identity-pools", { details: true });
    expect({ isError, code: content["code"] }).toEqual({ isError: true, code: "UnexpectedAnswer" });
    expect(text).not.toContain("must not leave");
  });

  it("are withheld if one of them holds a secret", async () => {
    const secret = "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY";
    await using paged = await startPagedService((_, input) =>
      input.IdentityPoolId === undefined
        ? { body: pageOfPools(input, 1) }
        : { body: { IdentityPoolId: input.IdentityPoolId, IdentityPoolTags: { env: secret } } },
    );
    await using session = await startServer({ env: { ...paged.env, AWS_SECRET_ACCESS_KEY: secret } });
    const { content, text } = await session.call("list-identity-pools", { tag: "env" });
    expect(content["refused"]).toMatch(/contains characters of a secret/);
    expect(text).not.toContain(secret.slice(5, 13));
  });

  it("are answered when the time of a call is over, with where it goes on", async () => {
    const entries = pageOfPools({}, 1).IdentityPools;
    const outcome = await select({
      selection: poolSelection,
      list: "IdentityPools",
      input: { guests: true },
      page: async () => ({ kind: "success", content: { IdentityPools: entries, NextToken: "1" } }),
      reader: async (_, { IdentityPoolId }, signal) => {
        // The first 16 at once; the others not before the time is over.
        if (Number(String(IdentityPoolId).slice(-12)) < 16)
          return { is: "read", content: { AllowUnauthenticatedIdentities: true } };
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        throw new Error("not reached");
      },
      signal: new AbortController().signal,
      maxBytes: 40_000,
      maxMs: 200,
    });
    expect(outcome).toMatchObject({
      kind: "success",
      content: {
        scanned: 16,
        matched: 16,
        NextToken: `${entries[15]?.IdentityPoolId}~`,
        notes: [expect.stringContaining("limit of time")],
      },
    });
  });

  it("are all there although one is deleted between two calls", async () => {
    await using service = await startService();
    const ids: string[] = [];
    for (let made = 0; made < 4; made += 1) {
      const IdentityPoolName = `pool ${made}`;
      const made_ = await service.sdk.send(
        new CreateIdentityPoolCommand({ IdentityPoolName, AllowUnauthenticatedIdentities: true }),
      );
      ids.push(made_.IdentityPoolId ?? "");
    }
    await using session = await startServer({ env: service.env });
    const listed = idsIn((await session.call("list-identity-pools")).content);
    expect(listed).toEqual([...ids].sort());
    const [first = "", second = ""] = ids;
    const { content } = await session.call("list-identity-pools", { guests: true, NextToken: `${first}~` });
    expect(content).toMatchObject({ scanned: 3 });
    await service.sdk.send(new DeleteIdentityPoolCommand({ IdentityPoolId: first }));
    const { content: rest } = await session.call("list-identity-pools", { guests: true, NextToken: `${first}~` });
    expect(idsIn(rest)).toContain(second);
    expect(rest).toMatchObject({ scanned: 3 });
  });
});

describe("the pace of reads", () => {
  it("is 40 a second for each operation and region, half of that after a throttle, and full again later", async () => {
    let now = 1_000_000;
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    const pace = createPace({ now: () => now, wait });
    const { signal } = new AbortController();
    await pace.turn("a", region, signal);
    await pace.turn("b", region, signal);
    await pace.turn("a", "us-east-1", signal);
    expect(waits).toEqual([]);
    await pace.turn("a", region, signal);
    await pace.turn("a", region, signal);
    expect(waits).toEqual([25, 50]);
    pace.slow("a", region);
    now += 1_000;
    for (let call = 0; call < 3; call += 1) await pace.turn("a", region, signal);
    expect(waits.splice(2)).toEqual([50, 100]);
    for (let time = 0; time < 20; time += 1) pace.slow("a", region);
    now += 1_000;
    for (let call = 0; call < 2; call += 1) await pace.turn("a", region, signal);
    expect(waits.splice(2)).toEqual([500]);
    now += 31_000;
    for (let call = 0; call < 2; call += 1) await pace.turn("a", region, signal);
    expect(waits.splice(2)).toEqual([25]);
  });

  it("gives no turn to a cancelled call", async () => {
    const pace = createPace();
    const cancel = new AbortController();
    await pace.turn("a", region, cancel.signal);
    for (let call = 0; call < 60; call += 1) pace.slow("a", region);
    await pace.turn("a", region, cancel.signal);
    const waiting = pace.turn("a", region, cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toThrow();
    await expect(pace.turn("a", region, cancel.signal)).rejects.toThrow();
  });
});
