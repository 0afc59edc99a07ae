/** Calls that nobody approved never disable an identity, and never give a login to an identity that was there before. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  ListIdentitiesCommand,
  LookupDeveloperIdentityCommand,
  UnlinkIdentityCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { approve, createPool, developerProvider, type Service, startServer, startService } from "../support/client.ts";
import { idToken } from "../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const providers = [google, facebook] as const;
const people = ["ada", "bob", "cyd"] as const;
type Person = (typeof people)[number];

/** A login token of a person; valid, so that AWS would link it. */
const tokens: ReadonlyMap<string, string> = new Map(
  people.flatMap((person) => [
    [`${person} ${google}`, idToken(google, "app.example", { sub: person })],
    [`${person} ${facebook}`, `facebook-token-of-${person}`],
  ]),
);
const tokenOf = (person: Person, provider: string) => tokens.get(`${person} ${provider}`) ?? "";

let service: Service;
let folder: string;
let references: string;
let env: Record<string, string>;
let pool: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  references = join(folder, "logins.json");
  const defined = people.flatMap((person) =>
    providers.map((provider, at) => [`${person}${at}`, { provider, env: `${person}${at}`.toUpperCase() }] as const),
  );
  writeFileSync(references, JSON.stringify(Object.fromEntries(defined)));
  const values = people.flatMap((person) =>
    providers.map((provider, at) => [`${person}${at}`.toUpperCase(), tokenOf(person, provider)] as const),
  );
  env = { ...service.env, ...Object.fromEntries(values) };
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  pool = await createPool(service.sdk);
});

const identityOf = async (Logins?: Record<string, string>) =>
  (await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool, Logins }))).IdentityId ?? "";
const identityOfUser = async (user: string, IdentityId?: string) =>
  (
    await service.sdk.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        IdentityId,
        Logins: { [developerProvider]: user },
      }),
    )
  ).IdentityId ?? "";
const loginsOf = async (IdentityId: string) =>
  (await service.sdk.send(new DescribeIdentityCommand({ IdentityId }))).Logins ?? [];

interface Known {
  readonly enabled: boolean;
  readonly logins: readonly string[];
  readonly users: readonly string[];
}

/** Every identity of the pool as the service has it, behind the server's back. */
async function snapshot(): Promise<Map<string, Known>> {
  const list = async (HideDisabled: boolean) =>
    (await service.sdk.send(new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60, HideDisabled })))
      .Identities ?? [];
  const [all, enabled] = [await list(false), new Set((await list(true)).map(({ IdentityId }) => IdentityId))];
  const known = all.map(async ({ IdentityId = "", Logins = [] }) => {
    const { DeveloperUserIdentifierList: users = [] } = await service.sdk.send(
      new LookupDeveloperIdentityCommand({ IdentityPoolId: pool, IdentityId }),
    );
    return [IdentityId, { enabled: enabled.has(IdentityId), logins: [...Logins].sort(), users }] as const;
  });
  return new Map(await Promise.all(known));
}

const person = fc.constantFrom(...people);
const login = fc.record({ person, provider: fc.constantFrom(...providers), byReference: fc.boolean() });
const attempt = fc.record({
  tool: fc.constantFrom(
    "get-id",
    "get-credentials-for-identity",
    "get-open-id-token",
    "get-open-id-token-for-developer-identity",
  ),
  logins: fc.uniqueArray(login, { selector: ({ provider }) => provider, maxLength: 2 }),
  /** Which of the identities that there are; none where the tool can do without. */
  identity: fc.option(fc.nat(), { freq: 3 }),
  user: fc.option(person, { freq: 3 }),
});
type Attempt = typeof attempt extends fc.Arbitrary<infer Value> ? Value : never;

function argumentsOf({ tool, logins, identity, user }: Attempt, ids: readonly string[]): Record<string, unknown> {
  const Logins: Record<string, string> = {};
  for (const { person, provider, byReference } of logins)
    Logins[provider] = byReference ? `login:${person}${providers.indexOf(provider)}` : tokenOf(person, provider);
  const IdentityId = ids[(identity ?? 0) % ids.length];
  switch (tool) {
    case "get-id":
      return { IdentityPoolId: pool, Logins };
    case "get-open-id-token-for-developer-identity":
      if (user !== null) Logins[developerProvider] = `user ${user}`;
      return { IdentityPoolId: pool, Logins, ...(identity !== null && { IdentityId }) };
    default:
      return { IdentityId, Logins };
  }
}

describe.each([
  ["with nobody who could be asked", []],
  ["with delete=deny,update=deny", ["--policy", "delete=deny,update=deny"]],
  ["with delete=two-step", ["--policy", "delete=two-step"]],
  ["with vend=off,create=off", ["--policy", "vend=off,create=off"]],
  ["when identities cannot be read", ["--policy", "describe-identity=deny,lookup-developer-identity=deny"]],
  ["when pools cannot be read", ["--policy", "describe-identity-pool=deny"]],
])("%s", (_, args) => {
  it("no sequence of calls links or merges", async () => {
    await using session = await startServer({ args: [...args, "--logins", references], env });
    for (const one of people.slice(0, 2)) {
      await identityOf({ [google]: tokenOf(one, google) });
      await identityOf({ [facebook]: tokenOf(one, facebook) });
      await identityOfUser(`user ${one}`);
    }
    await identityOf();
    const seen = { done: 0, needsApproval: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 4 }), async (attempts) => {
        for (const one of attempts) {
          const before = await snapshot();
          const from = service.calls.length;
          const { content, isError } = await session.call(one.tool, argumentsOf(one, [...before.keys()]));
          const sent = service.calls.slice(from);
          const after = await snapshot();
          expect(content).not.toHaveProperty("approved");
          for (const [id, known] of before) expect(after.get(id)).toEqual(known);
          if (!isError) seen.done += 1;
          if (!/approve|deletions|two calls/.test(String(content["refused"]))) continue;
          seen.needsApproval += 1;
          expect(sent.filter((operation) => !/^(Describe|Lookup)/.test(operation))).toEqual([]);
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
    expect(seen.done).toBeGreaterThan(0);
    expect(seen.needsApproval).toBeGreaterThan(0);
  }, 120_000);
});

describe("calls that AWS takes", () => {
  /** The operations that a call sends. */
  async function sentBy(call: () => Promise<{ isError: boolean; text: string }>) {
    const from = service.calls.length;
    const { isError, text } = await call();
    expect({ isError, text }).toMatchObject({ isError: false });
    return service.calls.slice(from);
  }

  it("cost no read for get-id with one login or none, and for an identity without logins", async () => {
    await using session = await startServer({ env });
    const Logins = { [google]: tokenOf("ada", google) };
    for (const input of [{}, { Logins: {} }, { Logins }, { Logins }])
      expect(await sentBy(() => session.call("get-id", { IdentityPoolId: pool, ...input }))).toEqual(["GetId"]);
    const IdentityId = await identityOf();
    expect(await sentBy(() => session.call("get-open-id-token", { IdentityId }))).toEqual(["GetOpenIdToken"]);
  });

  it("read an identity once, until a call changes identities", async () => {
    await using session = await startServer({ env, respond: approve });
    const IdentityId = await identityOf({ [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) });
    const vend = (provider: string) => () =>
      session.call("get-credentials-for-identity", {
        IdentityId,
        Logins: { [provider]: tokenOf("ada", provider) },
      });
    expect(await sentBy(vend(google))).toEqual(["DescribeIdentity", "GetCredentialsForIdentity"]);
    expect(await sentBy(vend(facebook))).toEqual(["GetCredentialsForIdentity"]);
    const unlink = { IdentityId, Logins: { [google]: tokenOf("ada", google) }, LoginsToRemove: [facebook] };
    expect((await session.call("unlink-identity", unlink)).isError).toBe(false);
    expect(session.questions).toHaveLength(1);
    expect(await sentBy(vend(google))).toEqual(["DescribeIdentity", "GetCredentialsForIdentity"]);
    await session.call("get-credentials-for-identity", {
      IdentityId,
      Logins: { [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) },
    });
    expect(session.questions).toHaveLength(2);
    expect(await loginsOf(IdentityId)).toEqual([google, facebook]);
  });

  it("read the pool once for a developer user, and look up the user of a given identity", async () => {
    await using session = await startServer({ env });
    const tool = "get-open-id-token-for-developer-identity";
    const input = { IdentityPoolId: pool, Logins: { [developerProvider]: "user ada" } };
    const token = "GetOpenIdTokenForDeveloperIdentity";
    expect(await sentBy(() => session.call(tool, input))).toEqual(["DescribeIdentityPool", token]);
    expect(await sentBy(() => session.call(tool, input))).toEqual([token]);
    const IdentityId = await identityOfUser("user ada");
    expect(await sentBy(() => session.call(tool, { ...input, IdentityId }))).toEqual([
      "LookupDeveloperIdentity",
      token,
    ]);
  });

  it("take a token of Cognito Identity for its own identity alone", async () => {
    await using session = await startServer({ env });
    const { Token: own = "", IdentityId } = await service.sdk.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: "user ada" },
      }),
    );
    const Logins = { "cognito-identity.amazonaws.com": own };
    expect((await session.call("get-credentials-for-identity", { IdentityId, Logins })).isError).toBe(false);
    const other = await identityOf();
    const { content } = await session.call("get-credentials-for-identity", { IdentityId: other, Logins });
    expect(content["refused"]).toMatch(/A person must approve/);
  });
});

describe("a call that links", () => {
  it("shows what is known, and runs when a person types the identity's id", async () => {
    const audit = join(folder, "approved.jsonl");
    const args = ["--audit", audit, "--logins", references];
    await using session = await startServer({ args, env, respond: approve });
    const IdentityId = await identityOf({ [google]: tokenOf("ada", google) });
    const merged = await identityOf({ [facebook]: tokenOf("ada", facebook) });
    const Logins = { [google]: tokenOf("ada", google), [facebook]: "login:ada1" };
    const { content, text } = await session.call("get-credentials-for-identity", { IdentityId, Logins });
    expect(content).toMatchObject({
      IdentityId,
      handle: expect.any(String),
      Credentials: { SecretKey: "[redacted]" },
      approved: {
        by: "a person, in the client",
        target: { id: IdentityId },
        changes: [{ path: `Logins.${facebook}`, after: "login:ada1" }],
      },
    });
    const [question] = session.questions;
    expect(question?.message).toContain("This cannot be undone.");
    expect(question?.message).toContain(`The identity has logins of "${google}".`);
    expect(question?.message).toMatch(/If a login belongs to another identity, .* disabled permanently/);
    expect(question?.message).toContain(`+ Logins.${facebook}: "login:ada1"`);
    expect(JSON.stringify(question)).toContain(`Type \\"${IdentityId}\\" to approve`);
    expect((await snapshot()).get(merged)).toMatchObject({ enabled: false });
    const recorded = readFileSync(audit, "utf8");
    expect(recorded).toMatch(/"tool":"get-credentials-for-identity".*"approved":\{"by":"a person, in the client"/);
    for (const said of [text, JSON.stringify(session.questions), recorded])
      for (const provider of providers) expect(said).not.toContain(tokenOf("ada", provider).slice(-20));
  });

  it.each([
    ["get-id", () => ({ IdentityPoolId: pool }), "link 2 logins"],
    [
      "get-open-id-token-for-developer-identity",
      () => ({ IdentityPoolId: pool, Logins: { [developerProvider]: "user bob" } }),
      "link 2 logins",
    ],
  ])("%s without an identity asks for the number of logins", async (tool, input, expected) => {
    await using session = await startServer({ env, respond: approve });
    const { Logins = {}, ...rest } = input() as { Logins?: Record<string, string> };
    const given = {
      ...rest,
      Logins: {
        [google]: tokenOf("bob", google),
        ...(tool === "get-id" && { [facebook]: tokenOf("bob", facebook) }),
        ...Logins,
      },
    };
    const { isError, content } = await session.call(tool, given);
    expect({ isError, content }).toMatchObject({ isError: false, content: { approved: { target: { id: pool } } } });
    expect(JSON.stringify(session.questions)).toContain(`Type \\"${expected}\\" to approve`);
    expect(await loginsOf(String(content["IdentityId"]))).toHaveLength(2);
  });

  it("registers a developer user for a given identity when that is approved", async () => {
    await using session = await startServer({ env, respond: approve });
    const IdentityId = await identityOf();
    const input = { IdentityPoolId: pool, IdentityId, Logins: { [developerProvider]: "user cyd" } };
    const { content } = await session.call("get-open-id-token-for-developer-identity", input);
    expect(content).toMatchObject({
      IdentityId,
      Token: "[redacted]",
      approved: { changes: [{ path: "DeveloperUserIdentifier", after: "user cyd" }] },
    });
    expect(session.questions[0]?.message).toContain("The developer user belongs to no identity yet.");
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "get-open-id-token-for-developer-identity",
      { PrincipalTags: { role: "admin" }, TokenDuration: 86_400 },
      'PrincipalTags {"role":"admin"}, TokenDuration 86400',
    ],
    [
      "get-credentials-for-identity",
      { CustomRoleArn: "arn:aws:iam::000000000000:role/admin" },
      'CustomRoleArn "arn:aws:iam::000000000000:role/admin"',
    ],
  ])("by %s shows what else is sent", async (tool, more, shown) => {
    await using session = await startServer({ env });
    const IdentityId = await identityOf();
    const { content } = await session.call(tool, {
      IdentityId,
      ...(tool.startsWith("get-open")
        ? { IdentityPoolId: pool, Logins: { [developerProvider]: "user dan" } }
        : { Logins: { [google]: tokenOf("cyd", google) } }),
      ...more,
    });
    expect(content).toMatchObject({
      refused: expect.stringMatching(/A person must approve/),
      plan: { notes: expect.arrayContaining([`Sent with it: ${shown}.`]) },
    });
  });

  it("says what could not be read", async () => {
    const args = ["--policy", "describe-identity=deny"];
    await using session = await startServer({ args, env });
    const IdentityId = await identityOf({ [google]: tokenOf("ada", google) });
    const Logins = { [google]: tokenOf("ada", google) };
    const { content } = await session.call("get-open-id-token", { IdentityId, Logins });
    expect(content).toMatchObject({
      refused: expect.stringMatching(/A person must approve/),
      plan: {
        changes: [{ path: `Logins.${google}`, after: 'a token of user "ada"' }],
        notes: expect.arrayContaining([expect.stringMatching(/could not be read .*operator's policy/)]),
      },
    });
  });

  it.each([
    ["of another user", "bob", false],
    ["renewed for the same user", "ada", true],
  ] as const)("is bound to the user of a reference, whose token is now %s", async (_, person, isSent) => {
    const file = join(folder, "token");
    const defined = join(folder, "one.json");
    writeFileSync(defined, JSON.stringify({ one: { provider: google, file } }), { mode: 0o600 });
    writeFileSync(file, tokenOf("ada", google), { mode: 0o600 });
    const IdentityId = await identityOf();
    await using session = await startServer({
      args: ["--logins", defined],
      env,
      respond: (question) => {
        writeFileSync(file, idToken(google, "app.example", { sub: person, renewed: true }), { mode: 0o600 });
        return approve(question);
      },
    });
    const input = { IdentityId, Logins: { [google]: "login:one" } };
    const { isError } = await session.call("get-open-id-token", input);
    expect(session.questions[0]?.message).toContain('login:one of user \\"ada\\"');
    expect(isError).toBe(!isSent);
    expect(await loginsOf(IdentityId)).toEqual(isSent ? [google] : []);
  });

  it("is not sent when the identity changed while a person read the plan", async () => {
    const IdentityId = await identityOf({ [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) });
    await using session = await startServer({
      env,
      respond: async (question) => {
        await service.sdk.send(
          new UnlinkIdentityCommand({
            IdentityId,
            Logins: { [google]: tokenOf("ada", google) },
            LoginsToRemove: [facebook],
          }),
        );
        return approve(question);
      },
    });
    const { content } = await session.call("get-open-id-token-for-developer-identity", {
      IdentityPoolId: pool,
      IdentityId,
      Logins: { [developerProvider]: "user ada", [google]: tokenOf("ada", google) },
    });
    expect(content["refused"]).toMatch(/The approval no longer applies/);
    expect(await loginsOf(IdentityId)).toEqual([google]);
  });

  it("takes a plan token of delete=two-step, and the tools list it", async () => {
    await using session = await startServer({ args: ["--policy", "delete=two-step"], env });
    const { tools } = await session.client.listTools();
    const taking = tools.filter(({ inputSchema }) => "planToken" in (inputSchema.properties ?? {}));
    expect(taking.map(({ name }) => name)).toContain("get-id");
    const input = {
      IdentityPoolId: pool,
      Logins: { [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) },
    };
    const { content } = await session.call("get-id", input);
    const other = { ...input.Logins, [facebook]: tokenOf("bob", facebook) };
    const changed = await session.call("get-id", { ...input, Logins: other, planToken: content["planToken"] });
    expect(changed.content["refused"]).toMatch(/is for another call/);
    const done = await session.call("get-id", { ...input, planToken: content["planToken"] });
    expect(done.content).toMatchObject({ approved: { by: "plan token" } });
  });

  it("is refused under delete=deny, while the tool is listed and other calls run", async () => {
    await using session = await startServer({ args: ["--policy", "delete=deny"], env, respond: approve });
    const { tools } = await session.client.listTools();
    expect(tools.map(({ name }) => name)).toContain("get-id");
    const Logins = { [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) };
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    expect(content["refused"]).toMatch(/the operator has denied deletions/);
    expect(session.questions).toEqual([]);
    const one = await session.call("get-id", { IdentityPoolId: pool, Logins: { [google]: tokenOf("ada", google) } });
    expect(one.isError).toBe(false);
  });

  it("runs at once under delete=off", async () => {
    await using session = await startServer({ args: ["--policy", "delete=off"], env });
    const Logins = { [google]: tokenOf("ada", google), [facebook]: tokenOf("ada", facebook) };
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    expect(content).toMatchObject({ approved: { by: "policy (level off)" } });
  });
});
