/** A change that grants something, among any other changes of any length: the person sees it whole, or no form asks them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import {
  arnOf,
  createPool,
  decline,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { atTerminal, plain } from "../support/terminal.ts";

/** What a form may take: lines of 80 columns. */
const LINES = 40;
const COLUMNS = 80;

let service: Service;
let runtime: string;
let session: Session;
let message: string | undefined;
beforeAll(async () => {
  service = await startService();
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  session = await startServer({
    args: ["--max-deleted-identities", "60"],
    env: { ...service.env, XDG_RUNTIME_DIR: runtime },
    respond: (question) => {
      message = question.message;
      return decline(question);
    },
  });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

interface Shown {
  readonly by: "form" | "terminal";
  readonly text: string;
}

/** Calls the tool and gives the text on which a person would say yes. A refusal without a form must say why. */
async function shown(tool: string, input: Record<string, unknown>): Promise<Shown> {
  message = undefined;
  const { content } = await session.call(tool, input);
  const [server] = (await findServers(join(runtime, "cognito-identity-mcp"))).servers;
  const waiting = server?.waiting.at(-1);
  expect(waiting, JSON.stringify(content).slice(0, 500)).toBeDefined();
  // A no removes the plan: at most 32 wait.
  await server?.answer(waiting?.code ?? "", waiting?.binding ?? "", "no");
  if (message === undefined)
    expect(content["refused"]).toMatch(/ The plan is too long for a form, .* Nothing was changed\.$/);
  else expect(waiting?.text).toBe(message);
  return { by: message === undefined ? "terminal" : "form", text: waiting?.text ?? "" };
}

const rowsOf = (text: string) =>
  text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / COLUMNS)), 0);

/** Every text in a value, and every key whose name the caller chose. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [
    ...(Array.isArray(value) || /^[A-Z][A-Za-z]+$/.test(key) ? [] : [key]),
    ...textsIn(entry),
  ]);
}

const unit = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789");
/** Short ones and such of the full length: left alone, fast-check makes short ones only. */
const word = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit, minLength: 1, maxLength: Math.min(maxLength, 20) }),
    fc.string({ unit, minLength: 1, maxLength, size: "max" }),
  );
const roleArn = (maxLength = 1500) => word(maxLength).map((name) => `arn:aws:iam::000000000000:role/${name}`);
/** Keys that end as the places of other members do. */
const oddKey = (key: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: key },
    fc
      .tuple(key, fc.constantFrom("RulesConfiguration.Rules", "Rules", "Type", "ServerSideTokenCheck", "after"))
      .map(([begin, end]) => `${begin}.${end}`),
  );
const someTags = (max: number) => {
  const key = oddKey(word(90).map((text) => `t${text}`));
  const value = word(250).map((text) => `new ${text}`);
  return fc.oneof(fc.dictionary(key, value, { maxKeys: 3 }), fc.dictionary(key, value, { maxKeys: max, size: "max" }));
};

/** One member of an update of the pool that lets somebody in. */
const grant = fc.oneof(
  fc.record({ ClientId: word(128), ProviderName: word(20) }).map(({ ClientId, ProviderName }) => ({
    CognitoIdentityProviders: [
      { ProviderName: `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${ProviderName}`, ClientId },
    ],
  })),
  word(1000).map((host) => ({ OpenIdConnectProviderARNs: [`arn:aws:iam::000000000000:oidc-provider/${host}`] })),
  word(1000).map((name) => ({ SamlProviderARNs: [`arn:aws:iam::000000000000:saml-provider/${name}`] })),
  word(128).map((app) => ({ SupportedLoginProviders: { "www.amazon.com": app } })),
  word(128).map((app) => ({ SupportedLoginProviders: { "accounts.google.com": app } })),
  fc.constant({ AllowClassicFlow: true }),
);

let turn = 0;

describe("a person sees whole", () => {
  it("what an update of a pool grants, before its tags", async () => {
    const id = await createPool(service.sdk);
    const seen = { form: 0, terminal: 0 };
    await fc.assert(
      fc.asyncProperty(grant, someTags(50), async (member, tags) => {
        // No call is asked about again after a no.
        turn += 1;
        const IdentityPoolTags = { ...tags, turn: `${turn}` };
        const { by, text } = await shown("update-identity-pool", { IdentityPoolId: id, ...member, IdentityPoolTags });
        seen[by] += 1;
        for (const one of textsIn([member, IdentityPoolTags])) expect(text).toContain(one);
        const lines = text.split("\n");
        const [name = ""] = Object.keys(member);
        const granted = lines.findIndex((line) => /^[-+~] /.test(line) && line.includes(name));
        const tagged = lines.findIndex((line) => line.includes(" IdentityPoolTags."));
        expect(granted).toBeGreaterThan(0);
        if (tagged >= 0) expect(granted).toBeLessThan(tagged);
        if (by === "form") expect(rowsOf(text)).toBeLessThanOrEqual(LINES);
        else expect(rowsOf(text)).toBeGreaterThan(LINES);
      }),
      { numRuns: 60 },
    );
    // Both ways were taken, or one of them was not tested.
    expect(seen.form).toBeGreaterThan(5);
    expect(seen.terminal).toBeGreaterThan(5);
  }, 120_000);

  it("the value under a key that looks like the place of rules, in every map that a caller fills", async () => {
    const id = await createPool(service.sdk);
    const maps = fc.constantFrom<[string, (map: Record<string, string>) => Record<string, unknown>]>(
      ["tag-resource", (Tags) => ({ IdentityPoolId: id, Tags })],
      ["update-identity-pool", (IdentityPoolTags) => ({ IdentityPoolId: id, IdentityPoolTags })],
      [
        "set-principal-tag-attribute-map",
        (PrincipalTags) => ({ IdentityPoolId: id, IdentityProviderName: "graph.facebook.com", PrincipalTags }),
      ],
    );
    const begin = fc.constantFrom("RoleMappings.x", "x", "RoleMappings", "Roles", "eu-west-1:1 RoleMappings.x");
    await fc.assert(
      fc.asyncProperty(maps, begin, word(40), async ([tool, input], start, value) => {
        turn += 1;
        const { text } = await shown(tool, input({ [`${start}.RulesConfiguration.Rules`]: `value ${turn} ${value}` }));
        expect(text).toContain(`value ${turn} ${value}`);
      }),
      { numRuns: 20 },
    );
  });

  it("every role and rule", async () => {
    const id = await createPool(service.sdk);
    const rule = fc.record({
      Claim: word(64),
      MatchType: fc.constantFrom("Equals", "Contains"),
      Value: word(128),
      RoleARN: roleArn(),
    });
    const mapping = fc.record({
      Type: fc.constant("Rules"),
      AmbiguousRoleResolution: fc.constantFrom("Deny", "AuthenticatedRole"),
      RulesConfiguration: fc.record({ Rules: fc.array(rule, { minLength: 1, maxLength: 25 }) }),
    });
    const RoleMappings = fc.dictionary(fc.constantFrom("accounts.google.com", "graph.facebook.com"), mapping);
    const Roles = fc.record(
      { authenticated: roleArn(), unauthenticated: roleArn() },
      { requiredKeys: ["authenticated"] },
    );
    await fc.assert(
      fc.asyncProperty(RoleMappings, Roles, async (mappings, roles) => {
        const input = { IdentityPoolId: id, RoleMappings: mappings, Roles: roles, replace: ["RoleMappings"] };
        const { by, text } = await shown("set-identity-pool-roles", input);
        for (const one of textsIn([mappings, roles])) expect(text).toContain(one);
        if (by === "form") expect(rowsOf(text)).toBeLessThanOrEqual(LINES);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it("both of two long values that differ at their end, one below the other", async () => {
    const id = await createPool(service.sdk);
    const long = `arn:aws:iam::000000000000:role/${"path/".repeat(60)}`;
    await using setter = await startServer({ args: ["--policy", "update=off"], env: service.env });
    await setter.call("set-identity-pool-roles", { IdentityPoolId: id, Roles: { authenticated: `${long}users` } });
    const { by, text } = await shown("set-identity-pool-roles", {
      IdentityPoolId: id,
      Roles: { authenticated: `${long}admin` },
    });
    expect(by).toBe("form");
    expect(text).toContain(`~ Roles.authenticated:\n  - "${long}users"\n  + "${long}admin"`);
  });

  it("every principal tag and every tag", async () => {
    const id = await createPool(service.sdk);
    await fc.assert(
      fc.asyncProperty(someTags(50), fc.boolean(), async (tags, principal) => {
        if (Object.keys(tags).length === 0) return;
        const { text } = principal
          ? await shown("set-principal-tag-attribute-map", {
              IdentityPoolId: id,
              IdentityProviderName: "accounts.google.com",
              PrincipalTags: tags,
            })
          : await shown("tag-resource", { ResourceArn: arnOf(id), Tags: tags });
        for (const one of textsIn(tags)) expect(text).toContain(one);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it.each([1, 5, 10, 30, 60])("each of %i identities that are deleted", async (count) => {
    const id = await createPool(service.sdk);
    await using maker = await startServer({ env: service.env });
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1)
      ids.push(String((await maker.call("get-id", { IdentityPoolId: id })).content["IdentityId"]));
    const { by, text } = await shown("delete-identities", { IdentityIdsToDelete: ids });
    for (const one of ids) expect(text).toContain(`\n- ${one}: "guest"`);
    expect(by).toBe(count <= 10 ? "form" : "terminal");
  });

  it("a name of any length in what is deleted and merged", async () => {
    const user = "u".repeat(1024);
    const id = await createPool(service.sdk, "n".repeat(128));
    await using maker = await startServer({ env: service.env });
    for (const name of [user, "other"])
      await maker.call("get-open-id-token-for-developer-identity", {
        IdentityPoolId: id,
        Logins: { "login.example.app": name },
      });
    const { text } = await shown("merge-developer-identities", {
      IdentityPoolId: id,
      DeveloperProviderName: "login.example.app",
      SourceUserIdentifier: user,
      DestinationUserIdentifier: "other",
    });
    expect(text.split("\n")[0]).toContain(`"${user}"`);
    expect((await shown("delete-identity-pool", { IdentityPoolId: id })).text).toContain(`"${"n".repeat(128)}"`);
  });
});

describe("a plan that no form holds", () => {
  const tags = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`tag${index}`, "v".repeat(200)]));
  const input = (IdentityPoolId: string) => ({
    IdentityPoolId,
    IdentityPoolTags: tags,
    SamlProviderARNs: ["arn:aws:iam::000000000000:saml-provider/foreign"],
  });

  it("is shown whole by approve and by call, at a terminal", async () => {
    const id = await createPool(service.sdk);
    const { text } = await shown("update-identity-pool", input(id));
    const env = { ...service.env, XDG_RUNTIME_DIR: runtime };
    await session.call("update-identity-pool", { ...input(id), AllowClassicFlow: true });
    const approved = await runProgram(["approve"], env);
    // Of the other plan, the account and the tags are the same.
    for (const line of text.split("\n").filter((one) => one.startsWith("+"))) expect(approved.stdout).toContain(line);
    const called = await atTerminal(["call", "update-identity-pool", JSON.stringify(input(id))], {
      env,
      typed: "no\n",
    });
    expect(plain(called.screen)).toContain(text);
  });

  it("is refused where there is no terminal, and the answer says what to do", async () => {
    const closed = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    mkdirSync(join(closed, "cognito-identity-mcp"));
    chmodSync(join(closed, "cognito-identity-mcp"), 0o755);
    const id = await createPool(service.sdk);
    await using lonely = await startServer({
      env: { ...service.env, XDG_RUNTIME_DIR: closed },
      respond: () => ({ action: "accept", content: { answer: "yes" } }),
    });
    const { isError, content } = await lonely.call("update-identity-pool", input(id));
    rmSync(closed, { recursive: true });
    expect(isError).toBe(true);
    expect(lonely.questions).toEqual([]);
    expect(content).toMatchObject({
      refused: expect.stringMatching(/too long for a form/),
      next: expect.stringMatching(/Make a smaller change/),
      plan: { changes: expect.any(Array) },
    });
  });
});
