/** The state file: no acknowledged write is lost, and a damaged file is not changed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveLocal } from "../../../src/local/http.ts";
import { openLocalService } from "../../../src/local/service.ts";
import { createPool, developerProvider, region, root } from "../../support/client.ts";
import { identitiesOf } from "../../support/many.ts";
import { googleToken } from "../../support/tokens.ts";

let folder: string;
let state: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  state = join(folder, "state");
});
afterEach(() => {
  // Services that a failed test left running.
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const children: ChildProcess[] = [];

function clientOf(endpoint: string): sdk.CognitoIdentityClient {
  return new sdk.CognitoIdentityClient({
    region,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
}

/** The service in this process, on the state file. */
async function open(files: { state?: string; seed?: string } = { state }) {
  const service = await openLocalService(files);
  const http = await serveLocal(service);
  const client = clientOf(http.url);
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await http.close();
      await service.close();
    },
  };
}

/** The service in a process of its own, to be killed. */
async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [`${root}dist/main.js`, "local", "--port", "0", "--state", state], { env: {} });
  children.push(child);
  const greeting = String(await new Promise((resolve) => child.stdout.once("data", resolve)));
  return { child, url: /http:\S+\d/.exec(greeting)?.[0] ?? "" };
}

async function poolsOf(client: sdk.CognitoIdentityClient): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for await (const { IdentityPools = [] } of sdk.paginateListIdentityPools({ client }, { MaxResults: 60 }))
    ids.push(...IdentityPools.map(({ IdentityPoolId }) => IdentityPoolId));
  return ids;
}

describe("after a restart", () => {
  it("everything is as it was: pools, roles, tags, identities, users, and vended secrets", async () => {
    const Logins = { "graph.facebook.com": "facebook-user" };
    let before: unknown;
    let IdentityPoolId = "";
    let token = "";
    let NextToken: string | undefined;
    const look = async (client: sdk.CognitoIdentityClient) => {
      const { $metadata: _, ...pool } = await client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId }));
      const { Roles } = await client.send(new sdk.GetIdentityPoolRolesCommand({ IdentityPoolId }));
      const { Identities } = await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60 }));
      const { PrincipalTags } = await client.send(
        new sdk.GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName: "graph.facebook.com" }),
      );
      return { pool, Roles, Identities, PrincipalTags };
    };
    {
      await using first = await open();
      IdentityPoolId = await createPool(first.client);
      await first.client.send(new sdk.GetIdCommand({ IdentityPoolId }));
      await first.client.send(new sdk.GetIdCommand({ IdentityPoolId, Logins }));
      await first.client.send(
        new sdk.SetPrincipalTagAttributeMapCommand({
          IdentityPoolId,
          IdentityProviderName: "graph.facebook.com",
          PrincipalTags: { team: "team" },
        }),
      );
      await first.client.send(
        new sdk.UpdateIdentityPoolCommand({
          IdentityPoolId,
          IdentityPoolName: "renamed",
          AllowUnauthenticatedIdentities: true,
          SupportedLoginProviders: { "graph.facebook.com": "1234567890" },
        }),
      );
      const developer = await first.client.send(
        new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [developerProvider]: "user" } }),
      );
      token = developer.Token ?? "";
      const page = await first.client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 1 }));
      NextToken = page.NextToken;
      before = await look(first.client);
    }
    await using second = await open();
    const { client } = second;
    expect(await look(client)).toEqual(before);
    const again = await client.send(new sdk.GetIdCommand({ IdentityPoolId, Logins }));
    const { Identities = [] } = await client.send(
      new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 1, NextToken }),
    );
    expect(Identities[0]?.IdentityId).toBe(again.IdentityId);
    const { IdentityId = "" } = await client.send(
      new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId, DeveloperUserIdentifier: "user" }),
    );
    await client.send(
      new sdk.GetCredentialsForIdentityCommand({ IdentityId, Logins: { "cognito-identity.amazonaws.com": token } }),
    );
  });

  it("deleted and merged identities are still gone", async () => {
    let IdentityPoolId = "";
    let merged = "";
    {
      await using first = await open();
      const doomed = await createPool(first.client);
      IdentityPoolId = await createPool(first.client);
      const get = async (Logins: Record<string, string>) =>
        (await first.client.send(new sdk.GetIdCommand({ IdentityPoolId, Logins }))).IdentityId ?? "";
      await get({ "graph.facebook.com": "f" });
      merged = await get({ "accounts.google.com": googleToken("g") });
      await get({ "graph.facebook.com": "f", "accounts.google.com": googleToken("g") });
      await first.client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId: doomed }));
    }
    await using second = await open();
    expect(await poolsOf(second.client)).toEqual([IdentityPoolId]);
    await expect(
      second.client.send(
        new sdk.GetCredentialsForIdentityCommand({
          IdentityId: merged,
          Logins: { "accounts.google.com": googleToken("g") },
        }),
      ),
    ).rejects.toMatchObject({ message: `Access to Identity '${merged}' is forbidden.` });
    const { Identities } = await second.client.send(
      new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60, HideDisabled: true }),
    );
    expect(Identities).toHaveLength(1);
  });

  it("only this user can read the file", async () => {
    await using _ = await open();
    expect(statSync(state).mode & 0o777).toBe(0o600);
  });
});

describe("killed at any moment", () => {
  const rounds = process.env["LONG"] ? 100 : 6;

  it(`no acknowledged write is lost, in ${rounds} rounds`, async () => {
    const acknowledged = new Set<string>();
    let IdentityPoolId = "";
    {
      await using first = await open();
      IdentityPoolId = await createPool(first.client);
    }
    for (let round = 0; round < rounds; round += 1) {
      const { child, url } = await start();
      const client = clientOf(url);
      const closed = new Promise((resolve) => child.once("close", resolve));
      let written = 0;
      const work = Array.from({ length: 8 }, async () => {
        // Until the service is killed.
        for (;;) {
          const { IdentityId = "" } = await client.send(new sdk.GetIdCommand({ IdentityPoolId }));
          acknowledged.add(IdentityId);
          // From the second write of a round on, however slow the machine is.
          written += 1;
          if (written === 2) setTimeout(() => child.kill("SIGKILL"), 10 + 25 * (round % 7));
        }
      });
      await Promise.allSettled(work);
      child.kill("SIGKILL");
      await closed;
      expect(written).toBeGreaterThan(1);
      client.destroy();
    }
    expect(acknowledged.size).toBeGreaterThan(rounds);
    await using survivor = await open();
    const there = new Set(await identitiesOf(survivor.client, IdentityPoolId));
    expect([...acknowledged].filter((id) => !there.has(id))).toEqual([]);
  }, 900_000);
});

describe("a file", () => {
  beforeEach(async () => {
    await using first = await open();
    await createPool(first.client, "kept");
  });

  const names = async () => {
    await using service = await open();
    const { IdentityPools = [] } = await service.client.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 60 }));
    return IdentityPools.map(({ IdentityPoolName }) => IdentityPoolName);
  };

  it("with an incomplete last line loses only that line, and stays in use", async () => {
    writeFileSync(state, Buffer.concat([readFileSync(state), Buffer.from('0123456789abcdef [{"poolRem')]));
    expect(await names()).toEqual(["kept"]);
    {
      await using service = await open();
      await createPool(service.client, "later");
    }
    expect(await names()).toEqual(["kept", "later"]);
  });

  it.each<[string, (content: string) => string, RegExp]>([
    ["a changed byte", (content) => content.replace('"kept"', '"kexx"'), /is damaged in line 2/],
    ["a truncated line", (content) => content.replace(/\n.{20}/, "\n"), /is damaged in line 2/],
    ["a damaged first line", (content) => content.replace('"pages"', '"pagex"'), /first line is damaged/],
    ["other content", () => "# a shopping list\n", /is not a state file/],
  ])("with %s is refused by name and not changed", async (_, damage, message) => {
    const damaged = damage(readFileSync(state, "utf8"));
    writeFileSync(state, damaged);
    await expect(openLocalService({ state })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
    });
    await expect(openLocalService({ state })).rejects.toThrow(state);
    expect(readFileSync(state, "utf8")).toBe(damaged);
  });

  it("of a later version is refused by name and not changed", async () => {
    const { createHash } = await import("node:crypto");
    const header = JSON.stringify({ format: "cognito-identity-mcp state", version: 3, pages: "", sessions: "" });
    const later = `${createHash("sha256").update(header).digest("hex").slice(0, 16)} ${header}\n`;
    writeFileSync(state, later);
    await expect(openLocalService({ state })).rejects.toThrow(/later version \(format 3/);
    expect(readFileSync(state, "utf8")).toBe(later);
  });

  it("of version 1 is used, and becomes one of version 2, which a program that reads only version 1 refuses", async () => {
    const { createHash } = await import("node:crypto");
    const [first = "", ...rest] = readFileSync(state, "utf8").split("\n");
    const header = first.slice(17).replace('"version":2', '"version":1');
    const seal = createHash("sha256").update(header).digest("hex").slice(0, 16);
    writeFileSync(state, [`${seal} ${header}`, ...rest].join("\n"));
    expect(await names()).toEqual(["kept"]);
    expect(readFileSync(state, "utf8").split("\n", 1)).toEqual([first]);
  });

  it("in use is refused to a second process until the first one ends", async () => {
    {
      await using _ = await open();
      await expect(openLocalService({ state })).rejects.toThrow(`${state} is in use by process ${process.pid}`);
    }
    expect(await names()).toEqual(["kept"]);
  });

  it("is taken over from a dead process", async () => {
    const dead = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => dead.once("close", resolve));
    writeFileSync(`${state}.lock`, `${dead.pid}\n`);
    expect(await names()).toEqual(["kept"]);
  });

  it("that cannot be written ends all answers, and keeps what was acknowledged before", async () => {
    // A limit on the size of files, in KiB, stands for a full disk.
    const command = `ulimit -f 6; exec ${process.execPath} ${root}dist/main.js local --port 0 --state ${state}`;
    const child = spawn("sh", ["-c", command], { env: {} });
    children.push(child);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const greeting = String(await new Promise((resolve) => child.stdout.once("data", resolve)));
    const client = clientOf(/http:\S+\d/.exec(greeting)?.[0] ?? "");
    let acknowledged = 0;
    const fill = async () => {
      for (; acknowledged < 100; acknowledged += 1) await createPool(client, "filler");
    };
    await expect(fill()).rejects.toMatchObject({ name: "InternalErrorException" });
    await expect(poolsOf(client)).rejects.toMatchObject({ name: "InternalErrorException" });
    client.destroy();
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
    expect(stderr).toMatch(/state cannot be written \(EFBIG\)/);
    const there = await names();
    expect(acknowledged).toBeGreaterThan(0);
    expect(there.length).toBeGreaterThanOrEqual(1 + acknowledged);
  });

  it("that cannot be written ends the server with an error that is not an invalid setting", async () => {
    const command = `ulimit -f 6; exec ${process.execPath} ${root}dist/main.js --local --state ${state}`;
    const child = spawn("sh", ["-c", command], { env: {} });
    children.push(child);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    let stdout = "";
    const answered = new Promise<void>((resolve) =>
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
        if (stdout.includes("InternalErrorException")) resolve();
      }),
    );
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    const clientInfo = { name: "test", version: "0" };
    send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
    send({ method: "notifications/initialized" });
    const pool = { IdentityPoolName: "filler", AllowUnauthenticatedIdentities: false };
    for (let id = 1; id <= 40; id += 1)
      send({ id, method: "tools/call", params: { name: "create-identity-pool", arguments: pool } });
    await answered;
    const ended = Date.now();
    child.stdin.end();
    expect(await new Promise((resolve) => child.once("close", (code) => resolve(code)))).toBe(70);
    expect(stderr).toMatch(/state cannot be written \(EFBIG\)/);
    // The server does not wait five seconds for running calls.
    expect(Date.now() - ended).toBeLessThan(4_000);
  });

  it("in a missing folder is an invalid setting", async () => {
    const child = spawn(
      process.execPath,
      [`${root}dist/main.js`, "local", "--port", "0", "--state", "/no/such/folder/x"],
      {
        env: {},
      },
    );
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    expect(await new Promise((resolve) => child.once("close", (code) => resolve(code)))).toBe(2);
    expect(stderr).toMatch(/\/no\/such\/folder/);
  });
});

describe("a seed", () => {
  const seed = () => join(folder, "seed.json");
  const writeSeed = (document: unknown) =>
    writeFileSync(seed(), typeof document === "string" ? document : JSON.stringify(document));
  const IdentityPoolId = `${region}:11111111-2222-3333-4444-555555555555`;
  const pool = {
    IdentityPoolName: "seeded",
    AllowUnauthenticatedIdentities: true,
    IdentityPoolId,
    Roles: { unauthenticated: "arn:aws:iam::000000000000:role/guests" },
  };

  it("provides the initial pools, and is ignored if the state already has pools", async () => {
    writeSeed({ pools: [pool] });
    {
      await using service = await open({ seed: seed(), state });
      const { Roles } = await service.client.send(new sdk.GetIdentityPoolRolesCommand({ IdentityPoolId }));
      expect(Roles).toEqual(pool.Roles);
      await service.client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId }));
      await createPool(service.client, "own");
    }
    await using again = await open({ seed: seed(), state });
    const { IdentityPools } = await again.client.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 60 }));
    expect(IdentityPools).toMatchObject([{ IdentityPoolName: "own" }]);
  });

  it("with an invalid pool leaves no pools behind", async () => {
    writeSeed({ pools: [pool, {}] });
    await expect(openLocalService({ seed: seed(), state })).rejects.toThrow(/pool 2: IdentityPoolName is required/);
    writeSeed({ pools: [pool] });
    await using service = await open({ seed: seed(), state });
    expect(await poolsOf(service.client)).toEqual([IdentityPoolId]);
  });

  it.each<[string, unknown, RegExp]>([
    ["invalid JSON", "{", /^--seed \S+ is not valid JSON\. Correct the file\.$/],
    ["no pools", {}, /must contain \{"pools": \[…\]/],
    ["a pool without a name", { pools: [pool, {}] }, /pool 2: IdentityPoolName is required\. Correct this pool\.$/],
    [
      "another member of the file",
      { pools: [], pool: [] },
      /contains "pool", .* Did you mean pools\? Correct the file\.$/,
    ],
    ["a pool that is no object", { pools: [pool, 1] }, /pool 2: A pool must be a JSON object\./],
    [
      "an id that is none",
      { pools: [{ ...pool, IdentityPoolId: "abc" }] },
      /IdentityPoolId is "abc"; it must be REGION:GUID/,
    ],
    ["an id in no region", { pools: [{ ...pool, IdentityPoolId: "moon:11" }] }, /"moon:11"; it must be REGION:GUID/],
    [
      "a region that is none",
      { pools: [{ ...pool, Region: "moon" }] },
      /Region is "moon"; it must be a region such as/,
    ],
    [
      "a misspelled member",
      { pools: [{ ...pool, Rols: {} }] },
      /"Rols" is not a member of a pool\. Did you mean Roles\?/,
    ],
    [
      "a misspelled member inside",
      { pools: [{ ...pool, RoleMappings: { "accounts.google.com": { Type: "Token", Ambiguous: "Deny" } } }] },
      /"Ambiguous" is not a member of RoleMappings\.accounts\.google\.com\./,
    ],
    [
      "a wrong type",
      { pools: [{ ...pool, AllowUnauthenticatedIdentities: "yes" }] },
      /Identities must be true or false\./,
    ],
    ["an empty name", { pools: [{ ...pool, IdentityPoolName: "" }] }, /pool 1: IdentityPoolName must not be empty\./],
    ["a long name", { pools: [{ ...pool, IdentityPoolName: "a".repeat(129) }] }, /must have at most 128 characters\./],
    [
      "an unknown role",
      { pools: [{ ...pool, Roles: { guests: "a".repeat(20) } }] },
      /Roles: the key "guests" must match/,
    ],
    ["an id of another region", { pools: [{ ...pool, Region: "us-east-1" }] }, /pool 1: .*not in region us-east-1/],
    ["an id twice", { pools: [pool, pool] }, /pool 2: .*is already used/],
  ])("with %s is refused by name", async (_, document, message) => {
    writeSeed(document);
    await expect(openLocalService({ seed: seed() })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
    });
  });
});
