/** Pools as resources, and completion of what names them. */
import { SetPrincipalTagAttributeMapCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  approve,
  createPool,
  guestRole,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";
import { pageOfPools, startPagedService } from "../support/paged-service.ts";

const mimeType = "application/json";

let service: Service;
let pool: string;
let other: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk, "Payments");
  other = await createPool(service.sdk, "Shop");
  await service.sdk.send(
    new SetPrincipalTagAttributeMapCommand({
      IdentityPoolId: pool,
      IdentityProviderName: "accounts.google.com",
      PrincipalTags: { team: "hd" },
    }),
  );
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => void service.calls.splice(0));

async function read({ client }: Session, uri: string) {
  const { contents } = await client.readResource({ uri });
  const [first] = contents as { uri: string; mimeType: string; text: string }[];
  expect(contents).toHaveLength(1);
  expect(first).toMatchObject({ uri, mimeType });
  return JSON.parse(first?.text ?? "");
}

async function complete({ client }: Session, name: "region" | "poolId", value: string) {
  const uri = name === "region" ? "cognito-identity://pools/{region}" : "cognito-identity://pool/{poolId}";
  const { completion } = await client.complete({ ref: { type: "ref/resource", uri }, argument: { name, value } });
  return completion.values;
}

describe("the list of resources", () => {
  it("has the server's own region, from the settings alone", async () => {
    await using session = await startServer({ env: service.env });
    const { resources, nextCursor } = await session.client.listResources();
    expect(nextCursor).toBeUndefined();
    expect(resources).toEqual([
      {
        uri: "cognito-identity://pools/eu-west-1",
        name: "identity-pools",
        title: "Identity pools in eu-west-1",
        description: "Ids and names of the identity pools",
        mimeType,
      },
    ]);
    expect(service.calls).toEqual([]);
    for (const { uri } of resources) await read(session, uri);
  });

  it("has templates for any region and pool", async () => {
    await using session = await startServer();
    const { resourceTemplates } = await session.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "cognito-identity://pools/{region}",
      "cognito-identity://pool/{poolId}",
    ]);
  });

  it("has what the operator allows, and no others", async () => {
    const elsewhere = "us-east-1:00000000-0000-4000-8000-000000000000";
    const uris: [args: readonly string[], uris: readonly string[]][] = [
      [
        ["--regions", "us-east-1,eu-west-1"],
        ["pools/us-east-1", "pools/eu-west-1"],
      ],
      [
        ["--pools", `${pool},${elsewhere}`],
        [`pool/${pool}`, `pool/${elsewhere}`],
      ],
      [["--pools", `${pool},${elsewhere}`, "--regions", "eu-west-1"], [`pool/${pool}`]],
      [["--pools", pool, "--policy", "describe-identity-pool=deny"], []],
      [["--policy", "list-identity-pools=deny"], []],
    ];
    for (const [args, expected] of uris) {
      await using session = await startServer({ args, env: service.env });
      const { resources } = await session.client.listResources();
      expect(resources.map(({ uri }) => uri)).toEqual(expected.map((end) => `cognito-identity://${end}`));
    }
    expect(service.calls).toEqual([]);
  });

  it("is empty where the settings name no region", async () => {
    await using session = await startServer();
    expect(await session.client.listResources()).toEqual({ resources: [] });
  });

  it("is truncated like any answer", async () => {
    const pools = Array.from(
      { length: 2000 },
      (_, at) => `eu-west-1:00000000-0000-4000-8000-${`${at}`.padStart(12, "0")}`,
    );
    await using session = await startServer({ env: { COGNITO_IDENTITY_MCP_POOLS: pools.join(",") } });
    const { resources, ...rest } = await session.client.listResources();
    expect(resources.length).toBeGreaterThan(100);
    expect(JSON.stringify(resources).length).toBeLessThanOrEqual(40_000);
    expect(rest).toMatchObject({ truncated: [expect.stringContaining("resources")] });
  });
});

describe("what names pools", () => {
  it("shows what cannot be seen", async () => {
    const IdentityPools = [
      { IdentityPoolId: pool, IdentityPoolName: "\u{202e}name" },
      { IdentityPoolId: "eu-west-1:1\u{200b}/../x", IdentityPoolName: "x" },
    ];
    await using paged = await startPagedService(() => ({ body: { IdentityPools } }));
    await using session = await startServer({ env: paged.env });
    const said = JSON.stringify([
      await session.client.readResource({ uri: "cognito-identity://pools/eu-west-1" }),
      await complete(session, "poolId", ""),
    ]);
    expect(said).toContain("u{202e}");
    expect(said).not.toMatch(/[\u{202e}\u{200b}]/u);
  });

  it.each(["a name", "an id"])("is withheld whole if %s in it holds a piece of a secret", async (place) => {
    const secret = "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY";
    const IdentityPools = [
      { IdentityPoolId: pool, IdentityPoolName: "ordinary" },
      place === "a name"
        ? { IdentityPoolId: `${pool}1`, IdentityPoolName: `\u{202e}${secret}` }
        : { IdentityPoolId: `${secret}\u{200b}/../x`, IdentityPoolName: "x" },
    ];
    await using paged = await startPagedService(() => ({ body: { IdentityPools } }));
    for (const read of [
      (session: Session) => session.client.readResource({ uri: "cognito-identity://pools/eu-west-1" }),
      (session: Session) => complete(session, "poolId", ""),
    ]) {
      await using session = await startServer({ env: { ...paged.env, AWS_SECRET_ACCESS_KEY: secret } });
      const said = await read(session).then(
        (answer) => JSON.stringify(answer),
        (error: Error) => error.message,
      );
      expect(said).not.toMatch(/ordinary|redacted/);
      expect(said).not.toContain(secret.slice(5, 13));
      expect(session.stderr()).toContain("contained characters of a secret");
    }
  });
});

describe("a resource", () => {
  it("of a region has its pools, all of them", async () => {
    await using paged = await startPagedService((_, input) => ({ body: pageOfPools(input, 3) }));
    await using session = await startServer({ env: paged.env });
    const document = await read(session, "cognito-identity://pools/us-west-2");
    expect(document).toMatchObject({ region: "us-west-2" });
    expect(document.IdentityPools).toHaveLength(180);
  });

  it("of a pool has its configuration, tags, roles and the principal tags of each provider, its colon written either way", async () => {
    await using session = await startServer({ env: service.env });
    const document = await read(session, `cognito-identity://pool/${pool}`);
    expect(document).toMatchObject({
      IdentityPoolName: "Payments",
      IdentityPoolTags: { stage: "test" },
      Roles: { unauthenticated: guestRole },
      // Providers without a map are left out.
      principalTags: { "accounts.google.com": { UseDefaults: false, PrincipalTags: { team: "hd" } } },
      identities: 0,
      attention: expect.arrayContaining([expect.objectContaining({ rule: "P3", severity: "high" })]),
    });
    expect(await read(session, `cognito-identity://pool/${encodeURIComponent(pool)}`)).toEqual(document);
  });

  it("is withheld where a secret looks like a piece of its JSON", async () => {
    await using session = await startServer({ env: { ...service.env, AWS_SECRET_ACCESS_KEY: 'Name":"Payments"' } });
    await expect(read(session, `cognito-identity://pool/${pool}`)).rejects.toThrow(/contains characters of a secret/);
  });

  it("is cut like any answer, and says so", async () => {
    const SamlProviderARNs = Array.from({ length: 200 }, (_, at) => `arn:aws:iam::123456789012:saml-provider/${at}`);
    const PrincipalTags = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}`.padEnd(100, "t"), "c"]));
    await using paged = await startPagedService((turn) => ({
      body: turn === 1 ? { IdentityPoolId: pool, SamlProviderARNs } : turn === 2 ? {} : { PrincipalTags },
    }));
    await using session = await startServer({ env: paged.env });
    const document = await read(session, `cognito-identity://pool/${pool}`);
    expect(JSON.stringify(document).length).toBeLessThanOrEqual(40_000);
    expect(paged.inputs.length).toBeLessThan(100);
    expect(document.truncated).toEqual(expect.arrayContaining([expect.stringContaining("principalTags")]));
    expect(JSON.stringify(document.notRead)).toContain("too many providers");
  });

  it("says in the place of a part why it is not there", async () => {
    const args = ["--policy", "get-identity-pool-roles=deny,get-principal-tag-attribute-map=deny"];
    await using session = await startServer({ args, env: service.env });
    const { notRead, identities } = await read(session, `cognito-identity://pool/${pool}`);
    expect(JSON.stringify(notRead)).toMatch(/denied get-identity-pool-roles.*denied get-principal-tag-attribute-map/);
    expect(identities).toBe(0);
    expect(service.calls).toEqual(["DescribeIdentityPool", "ListIdentities"]);
  });

  it("is an error with a reason where nothing may or can be read", async () => {
    const pools = await startServer({ args: ["--pools", other], env: service.env });
    await using _pools = pools;
    await expect(read(pools, `cognito-identity://pool/${pool}`)).rejects.toThrow(/not in the allowed list.*--pools/);
    await using regions = await startServer({ args: ["--regions", "us-east-1"], env: service.env });
    await expect(read(regions, "cognito-identity://pools/eu-west-1")).rejects.toThrow(/--regions/);
    await using denied = await startServer({ args: ["--policy", "describe-identity-pool=deny"], env: service.env });
    await expect(read(denied, `cognito-identity://pool/${pool}`)).rejects.toThrow(/denied describe-identity-pool/);
    expect(service.calls).toEqual([]);
    await using session = await startServer({ env: service.env });
    const nowhere = "cognito-identity://pool/eu-west-1:00000000-0000-4000-8000-000000000000";
    await expect(read(session, nowhere)).rejects.toMatchObject({ code: -32002 });
    for (const uri of ["cognito-identity://pool/", "cognito-identity://pool/%E0%A4%A", "file:///etc/passwd", "x"])
      await expect(read(session, uri)).rejects.toThrow(/no such resource/);
    await expect(read(session, "cognito-identity://pool/eu-west-1_AbCdEf")).rejects.toThrow(/id of a user pool/);
    await expect(read(session, "cognito-identity://pools/europe")).rejects.toThrow(/region/);
  });
});

describe("completion", () => {
  it("knows regions: the operator's, or those where there are identity pools", async () => {
    await using session = await startServer();
    expect(await complete(session, "region", "eu-w")).toEqual(["eu-west-1", "eu-west-2", "eu-west-3"]);
    await using bound = await startServer({ args: ["--regions", "eu-west-2,us-east-1"] });
    expect(await complete(bound, "region", "")).toEqual(["eu-west-2", "us-east-1"]);
  });

  it("finds a pool by the beginning of its id and by any part of its name, and reads the list once for it", async () => {
    await using session = await startServer({ env: service.env });
    expect((await complete(session, "poolId", "")).sort()).toEqual([pool, other].sort());
    expect(await complete(session, "poolId", "MENT")).toEqual([pool]);
    expect(await complete(session, "poolId", other.slice(0, 20))).toEqual([other]);
    expect(await complete(session, "poolId", "nothing")).toEqual([]);
    expect(service.calls.filter((call) => call === "ListIdentityPools").length).toBeLessThan(3);
  });

  it("finds only what the operator allows, and nothing without credentials", async () => {
    await using session = await startServer({ args: ["--pools", other], env: service.env });
    expect(await complete(session, "poolId", "")).toEqual([other]);
    expect(await complete(session, "poolId", "payments")).toEqual([]);
    await using nobody = await startServer({ args: ["--region", "eu-west-1"] });
    expect(await complete(nobody, "poolId", "")).toEqual([]);
  });

  it("gives 100 values at most and says that there are more", async () => {
    await using paged = await startPagedService((_, input) => ({ body: pageOfPools(input, 3) }));
    await using session = await startServer({ env: paged.env });
    const ref = { type: "ref/resource" as const, uri: "cognito-identity://pool/{poolId}" };
    const { completion } = await session.client.complete({ ref, argument: { name: "poolId", value: "eu" } });
    expect(completion).toMatchObject({ total: 180, hasMore: true });
    expect(completion.values).toHaveLength(100);
  });

  it("refuses a template that there is not", async () => {
    await using session = await startServer();
    const ref = { type: "ref/resource" as const, uri: "file:///{path}" };
    await expect(session.client.complete({ ref, argument: { name: "path", value: "" } })).rejects.toThrow(/no such/);
  });
});

describe("a new pool", () => {
  it("is found by the next completion, and so are a new name and a deletion", async () => {
    await using session = await startServer({ env: service.env, respond: approve });
    expect(await complete(session, "poolId", "brandnew")).toEqual([]);
    const { content } = await session.call("create-identity-pool", {
      IdentityPoolName: "brandnew",
      AllowUnauthenticatedIdentities: true,
    });
    const { IdentityPoolId } = content;
    expect(await complete(session, "poolId", "brandnew")).toEqual([IdentityPoolId]);
    await session.call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "renamed" });
    expect(await complete(session, "poolId", "brandnew")).toEqual([]);
    expect(await complete(session, "poolId", "renamed")).toEqual([IdentityPoolId]);
    await session.call("delete-identity-pool", { IdentityPoolId });
    expect(await complete(session, "poolId", "renamed")).toEqual([]);
  });
});
