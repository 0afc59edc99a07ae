/** The service as a test double: `startLocal`, the control addresses and the options of the command. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Local, LocalSeed, StartLocalOptions } from "../../src/local/public.ts";
import { createLoginToken, startLocal } from "../../src/local/start.ts";
import { root } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const poolId = "eu-west-1:11111111-2222-3333-4444-555555555555";
const adaId = "eu-west-1:aaaaaaaa-0000-0000-0000-000000000001";
const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const saml = "arn:aws:iam::000000000000:saml-provider/idp";
const pool = {
  IdentityPoolId: poolId,
  IdentityPoolName: "pool",
  AllowUnauthenticatedIdentities: true,
  SupportedLoginProviders: { [google]: "app", [facebook]: "1" },
  SamlProviderARNs: [saml],
  DeveloperProviderName: "login.example",
  Roles: {
    authenticated: "arn:aws:iam::000000000000:role/users",
    unauthenticated: "arn:aws:iam::000000000000:role/guests",
  },
  Identities: [
    {
      IdentityId: adaId,
      Logins: { [google]: "ada", [facebook]: "a-token" },
      DeveloperUserIdentifiers: ["dev-ada", "a2"],
    },
    {},
  ],
};
const seed: LocalSeed = { pools: [pool] };

const started: Local[] = [];
async function start(options?: StartLocalOptions) {
  const local = await startLocal(options);
  started.push(local);
  const client = new sdk.CognitoIdentityClient(local.clientConfig);
  return { local, client };
}
afterEach(async () => {
  for (const local of started.splice(0)) await local.close();
});

const getId = async (client: sdk.CognitoIdentityClient, Logins?: Record<string, string>, id = poolId) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId: id, ...(Logins && { Logins }) }))).IdentityId;

describe("startLocal", () => {
  it("starts services that share nothing, and ends them", async () => {
    const [one, other] = [await start({ seed, region: "eu-west-1" }), await start({ region: "eu-west-1" })];
    expect(one.local.url).not.toBe(other.local.url);
    await getId(one.client);
    await expect(getId(other.client)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await one.local.close();
    await expect(fetch(one.local.url)).rejects.toThrow();
    expect(other.local.state()).toEqual({ pools: [] });
  });

  it("has the identities and developer users of the seed", async () => {
    const { local, client } = await start({ seed, region: "eu-west-1" });
    const token = createLoginToken({ provider: google, audience: "app", subject: "ada" });
    expect(await getId(client, { [google]: token })).toBe(adaId);
    expect(await getId(client, { [facebook]: "a-token" })).toBe(adaId);
    const found = await client.send(
      new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId: poolId, IdentityId: adaId, MaxResults: 10 }),
    );
    expect(found.DeveloperUserIdentifierList).toEqual(["dev-ada", "a2"]);
    const [identity, guest] = local.state().pools[0]?.Identities ?? [];
    expect(identity).toMatchObject({ IdentityId: adaId, Disabled: false, DeveloperUserIdentifiers: ["dev-ada", "a2"] });
    expect(identity?.Logins[google]).toBe("ada");
    expect(identity?.Logins[facebook]).toMatch(/^sha256 [0-9a-f]{64}$/);
    expect(guest).toMatchObject({ Logins: {}, DeveloperUserIdentifiers: [], Disabled: false });
  });

  it("reports its state in the form of a seed, as a copy", async () => {
    const { local } = await start({ seed });
    const { pools } = local.state();
    const again = await start({ seed: local.state() });
    expect(again.local.state()).toEqual({ pools });
    (pools[0]?.Identities as unknown[]).length = 0;
    expect(local.state().pools[0]?.Identities).toHaveLength(2);
  });

  it("resets to the seed of the start or to another, and forgets the requests", async () => {
    const { local, client } = await start({ seed, region: "eu-west-1" });
    await getId(client);
    await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId: poolId }));
    expect(local.requests.map(({ operation }) => operation)).toEqual(["GetId", "DeleteIdentityPool"]);
    await local.reset();
    expect(local.requests).toEqual([]);
    expect(local.state().pools[0]?.Identities).toHaveLength(2);
    await local.reset({ pools: [] });
    expect(local.state()).toEqual({ pools: [] });
    await local.reset();
    expect(local.state().pools).toHaveLength(1);
  });

  it("adds a seed, or all or nothing of an invalid one", async () => {
    const { local } = await start({ seed });
    const second = { ...pool, IdentityPoolId: "eu-west-1:2", IdentityPoolName: "second", Identities: [] };
    await local.seed({ pools: [second] });
    expect(local.state().pools).toHaveLength(2);
    const third = { ...second, IdentityPoolId: "eu-west-1:3" };
    await expect(local.seed({ pools: [third, pool] })).rejects.toThrow(/pool 2: .* is already used/);
    await expect(local.reset({ pools: [third, { ...third, IdentityPoolId: "x" }] })).rejects.toThrow(
      /pool 2: IdentityPoolId/,
    );
    expect(local.state().pools).toHaveLength(2);
  });

  it("gives chosen ids once, in their order", async () => {
    const { local, client } = await start({ seed, region: "eu-west-1" });
    local.useIds("eu-west-1:abc-1", "abc-2");
    expect([await getId(client), await getId(client)]).toEqual(["eu-west-1:abc-1", "eu-west-1:abc-2"]);
    expect(await getId(client)).toMatch(/^eu-west-1:[0-9a-f-]{36}$/);
    local.useIds("abc-1");
    await expect(getId(client)).rejects.toMatchObject({ name: "ResourceConflictException" });
    expect(() => local.useIds("not an id")).toThrow(/REGION:GUID/);
  });

  it("tells whose credentials were vended, and knows no others", async () => {
    const { local, client } = await start({ seed, region: "eu-west-1" });
    const IdentityId = await getId(client);
    const { Credentials } = await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId }));
    expect(local.describeSession(Credentials?.SessionToken ?? "")).toEqual({
      RoleArn: "arn:aws:iam::000000000000:role/guests",
      RoleSessionName: "CognitoIdentityCredentials",
      IdentityId,
      Expiration: Credentials?.Expiration?.toISOString(),
    });
    expect(local.describeSession("IQoJforged")).toBeUndefined();
  });

  it("keeps the last 1,000 requests, with status and error", async () => {
    const { local, client } = await start({ region: "eu-west-1" });
    await expect(getId(client)).rejects.toThrow();
    expect(local.requests).toEqual([
      {
        time: expect.any(String),
        operation: "GetId",
        input: { IdentityPoolId: poolId },
        status: 400,
        error: "ResourceNotFoundException",
      },
    ]);
    for (let sent = 0; sent < 1001; sent += 91)
      await Promise.all(Array.from({ length: 91 }, () => fetch(local.url).then((answer) => answer.text())));
    expect(local.requests).toHaveLength(1000);
    expect(local.requests[0]?.operation).toBe("GET /");
  });

  it.each<[object, RegExp]>([
    [{ regio: "eu-west-1" }, /no option "regio"/],
    [{ region: "nowhere" }, /region must be/],
    [{ accountId: "1" }, /accountId/],
    [{ allowHosts: ["a b"] }, /allowHosts/],
    [{ allowOrigins: ["*"] }, /allowOrigins/],
    [{ seed: {} }, /The seed must contain/],
    [
      { seed: { pools: [{ ...pool, Identities: [{ Disabled: true, Logins: { [google]: "u" } }] }] } },
      /Disabled has users/,
    ],
    [
      { seed: { pools: [{ ...pool, Identities: [{ Unlinked: true, DeveloperUserIdentifiers: ["u"] }] }] } },
      /Unlinked has/,
    ],
    [
      { seed: { pools: [{ ...pool, PrincipalTagAttributeMaps: { "x.y": { UseDefaults: true } } }] } },
      /no provider "x.y"/,
    ],
    [{ seed: { pools: [{ ...pool, Region: "ireland", IdentityPoolId: undefined }] } }, /Region is "ireland"/],
    [
      { seed: { pools: [{ ...pool, Identities: [{ Login: {} }] }] } },
      /pool 1: "Login" is not a member of Identities\[0\]/,
    ],
    [{ seed: { pools: [{ ...pool, Identities: [{ Logins: { "x.y": "u" } }] }] } }, /no provider "x.y"/],
    [{ seed: { pools: [{ ...pool, Identities: [{ IdentityId: "us-east-1:1" }] }] } }, /not in region eu-west-1/],
    [{ seed: { pools: [{ ...pool, Identities: [{ IdentityId: "1" }] }] } }, /IdentityId is "1"/],
    [
      { seed: { pools: [{ ...pool, Identities: [{ Logins: { [google]: "u" } }, { Logins: { [google]: "u" } }] }] } },
      /same user of provider "accounts.google.com"/,
    ],
    [
      {
        seed: {
          pools: [{ ...pool, Identities: [{ DeveloperUserIdentifiers: ["u"] }, { DeveloperUserIdentifiers: ["u"] }] }],
        },
      },
      /two identities have the developer user "u"/,
    ],
  ])("refuses %j", async (options, message) => {
    await expect(startLocal(options as StartLocalOptions)).rejects.toThrow(message);
  });

  it("takes as many logins of an identity as calls can link", async () => {
    const providers = Array.from({ length: 20 }, (_, at) => `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_P${at}`);
    const CognitoIdentityProviders = providers.map((ProviderName) => ({ ProviderName, ClientId: "c" }));
    const Logins = Object.fromEntries(providers.map((provider) => [provider, "ada"]));
    const { local } = await start({
      seed: { pools: [{ ...pool, CognitoIdentityProviders, Identities: [{ Logins }] }] },
    });
    const state = local.state();
    expect(Object.keys(state.pools[0]?.Identities[0]?.Logins ?? {})).toHaveLength(20);
    await local.reset(state);
    expect(local.state()).toEqual(state);
  });

  it("loads any seed of identities as it reports it", async () => {
    const users = fc.uniqueArray(fc.stringMatching(/^[\w:/ .-]{1,20}$/), { maxLength: 6 });
    const { local } = await start();
    await fc.assert(
      fc.asyncProperty(users, users, users, async (ofGoogle, ofSaml, developers) => {
        const size = Math.max(ofGoogle.length, ofSaml.length, developers.length);
        const Identities = Array.from({ length: size }, (_, at) => ({
          IdentityId: `eu-west-1:${at}`,
          Logins: {
            ...(ofGoogle[at] !== undefined && { [google]: ofGoogle[at] }),
            ...(ofSaml[at] !== undefined && { [saml]: ofSaml[at] }),
          },
          DeveloperUserIdentifiers: developers[at] === undefined ? [] : [developers[at]],
        }));
        await local.reset({ pools: [{ ...pool, Identities }] });
        expect(local.state().pools[0]?.Identities).toEqual(
          Identities.map((identity) => ({ ...identity, Disabled: false })),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("the control addresses", () => {
  it("answer with control only", async () => {
    const { local } = await start({ seed });
    for (const [method, name] of [
      ["GET", "health"],
      ["POST", "reset"],
      ["GET", "requests"],
    ] as const) {
      const answer = await fetch(`${local.url}/_local/${name}`, { method });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ __type: "UnknownOperationException" });
    }
    expect(local.state().pools).toHaveLength(1);
  });

  it("report health and requests without tokens, and reset", async () => {
    const { local, client } = await start({ seed, control: true, region: "eu-west-1" });
    const at = (name: string, init?: RequestInit) => fetch(`${local.url}/_local/${name}`, init);
    expect(await (await at("health")).json()).toEqual({ status: "ok" });
    const token = createLoginToken({ provider: google, audience: "app", subject: "new" });
    await getId(client, { [google]: token });
    const text = await (await at("requests")).text();
    expect(JSON.parse(text)).toMatchObject({
      requests: [{ operation: "GetId", input: { Logins: { [google]: "***" } } }],
    });
    expect(text).not.toContain(token);
    expect(local.state().pools[0]?.Identities).toHaveLength(3);
    expect((await at("reset", { method: "POST" })).status).toBe(200);
    expect(local.state().pools[0]?.Identities).toHaveLength(2);
    expect(await (await at("requests")).json()).toEqual({ requests: [] });
    await at("reset", { method: "POST", body: '{"pools":[]}' });
    expect(local.state()).toEqual({ pools: [] });
  });

  it("refuse an invalid seed, another method and another address, and change nothing", async () => {
    const { local } = await start({ seed, control: true });
    for (const [name, init, message] of [
      ["reset", { method: "POST", body: '{"pools":[{}]}' }, /pool 1: IdentityPoolName is required/],
      ["reset", { method: "POST", body: "{" }, /not JSON/],
      ["nothing", { method: "GET" }, /control addresses/],
    ] as const) {
      const answer = await fetch(`${local.url}/_local/${name}`, init);
      expect(answer.status).toBe(400);
      expect(((await answer.json()) as { message: string }).message).toMatch(message);
    }
    expect(local.state().pools).toHaveLength(1);
  });

  it("answer 405 to another method, name theirs, and change nothing", async () => {
    const { local } = await start({ seed, control: true });
    const own: Readonly<Record<string, string>> = { health: "GET", reset: "POST", requests: "GET" };
    for (const [name, allow] of Object.entries(own))
      for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"].filter((other) => other !== allow)) {
        const answer = await fetch(`${local.url}/_local/${name}`, { method });
        expect([answer.status, answer.headers.get("allow")], `${method} ${name}`).toEqual([405, allow]);
        expect(await answer.json()).toEqual({
          __type: "MethodNotAllowedException",
          message: `The method of /_local/${name} is ${allow}`,
        });
      }
    expect(local.state().pools).toHaveLength(1);
  });

  it("are closed to web pages of origins that are not allowed", async () => {
    const { local } = await start({ seed, control: true });
    const reset = { method: "POST", headers: { origin: "http://evil.example" }, body: '{"pools":[]}' };
    expect((await fetch(`${local.url}/_local/reset`, reset)).status).toBe(403);
    expect(local.state().pools).toHaveLength(1);
  });

  it("take ids from x-local-id, with control only", async () => {
    const id = "eu-west-1:cccccccc-0000";
    const call = (url: string, header: string) =>
      fetch(url, {
        method: "POST",
        headers: { "x-amz-target": "AWSCognitoIdentityService.GetId", "x-local-id": header },
        body: JSON.stringify({ IdentityPoolId: poolId }),
      }).then((answer) => answer.json() as Promise<Record<string, string>>);
    const { local } = await start({ seed, control: true });
    expect(await call(local.url, id)).toEqual({ IdentityId: id });
    expect((await call(local.url, id))["__type"]).toBe("ResourceConflictException");
    for (const wrong of ["us-east-1:1", "NOT AN ID", ""])
      expect((await call(local.url, wrong))["__type"]).toBe("ValidationException");
    const closed = await start({ seed });
    expect((await call(closed.local.url, id))["IdentityId"]).not.toBe(id);
  });
});

describe("the command local", () => {
  const folder = mkdtempSync(join(root, "build", "start-"));
  const file = join(folder, "seed.json");
  writeFileSync(file, JSON.stringify(seed));

  it.each(["localhost", "256.1.1.1", "example.com", ""])("refuses --host %j", async (host) => {
    const { code, stderr } = await runProgram(["local", "--host", host], {});
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/--host/);
  });

  it("warns when it is not on loopback, and logs requests without tokens", { timeout: 60_000 }, () => {
    // The shell ends the command; nothing but its own requests reach it.
    const script = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, [${JSON.stringify(`${root}dist/main.js`)}, "local", "--port", "0", "--host", "0.0.0.0", "--request-log", "--seed", ${JSON.stringify(file)}]);
      let out = "", err = "";
      child.stderr.on("data", (chunk) => { err += chunk; });
      child.stdout.on("data", async (chunk) => {
        out += chunk;
        const [, port] = /0\\.0\\.0\\.0:(\\d+)/.exec(out) ?? [];
        if (out.includes('"operation"')) return child.kill("SIGTERM");
        if (port) await fetch("http://127.0.0.1:" + port, { method: "POST", headers: { "x-amz-target": "AWSCognitoIdentityService.GetId" }, body: JSON.stringify({ IdentityPoolId: ${JSON.stringify(poolId)}, Logins: { "graph.facebook.com": "a-secret-token" } }) });
      });
      child.once("close", () => console.log(JSON.stringify({ out, err })));`;
    const ran = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    const { out, err } = JSON.parse(ran.stdout) as { out: string; err: string };
    expect(err).toMatch(/Warning: the service listens on 0\.0\.0\.0/);
    expect(out).toContain('"operation":"GetId"');
    expect(out).toContain('"graph.facebook.com":"***"');
    expect(out).not.toContain("a-secret-token");
    rmSync(folder, { recursive: true });
  });
});
