/** After a change: the calls in its answer put everything back as it was, and nothing less is called an undo. */

import {
  CreateIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  GetPrincipalTagAttributeMapCommand,
  ListTagsForResourceCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Read } from "../../src/plans/command.ts";
import { readArguments } from "../../src/tools/arguments.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { isGated } from "../../src/tools/kinds.ts";
import { canonicalJson } from "../../src/util/json.ts";
import {
  approve,
  arnOf,
  createPool,
  decline,
  developerProvider,
  guestRole,
  type Service,
  type Session,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";

type Input = Record<string, unknown>;
type Calls = { tool: string; arguments: Input }[];

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const oidc = "arn:aws:iam::000000000000:oidc-provider/issuer.example";
const otherOidc = "arn:aws:iam::000000000000:oidc-provider/other.example";
const saml = "arn:aws:iam::000000000000:saml-provider/example";
const client = {
  ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Aaaaaaaaa",
  ClientId: "first",
  ServerSideTokenCheck: true,
};
const mapping = {
  Type: "Rules" as const,
  AmbiguousRoleResolution: "Deny" as const,
  RulesConfiguration: {
    Rules: [{ Claim: "role", MatchType: "Equals" as const, Value: "admin", RoleARN: userRole }],
  },
};
const rule = (Value: string, RoleARN = userRole) => ({
  ...mapping,
  RulesConfiguration: { Rules: [{ Claim: "role", MatchType: "Equals" as const, Value, RoleARN }] },
});
const token = { Type: "Token" as const, AmbiguousRoleResolution: "AuthenticatedRole" as const };

/** A pool with its lists of providers in one order. */
function withSortedLists<Pool extends object>(pool: Pool): Pool {
  const sorted = Object.entries(pool).map(([member, value]) => [
    member,
    Array.isArray(value) ? value.toSorted((one, other) => (canonicalJson(one) < canonicalJson(other) ? -1 : 1)) : value,
  ]);
  return Object.fromEntries(sorted) as Pool;
}

/** The tool's own reading of arguments, which must be free of problems. */
function accepted(tool: string, given: unknown): Input {
  const found = catalogue.find(({ name }) => name === tool);
  if (!found) throw new Error(`no tool ${tool}`);
  const read = readArguments(found, given);
  expect(read).toHaveProperty("input");
  return "input" in read ? read.input : {};
}

describe("over the wire", () => {
  let service: Service;
  let session: Session;

  beforeAll(async () => {
    service = await startService();
    session = await startServer({ env: service.env, respond: approve });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  /** A pool with nothing that can be left out. */
  async function barePool(): Promise<string> {
    const { IdentityPoolId = "" } = await service.sdk.send(
      new CreateIdentityPoolCommand({ IdentityPoolName: "bare", AllowUnauthenticatedIdentities: false }),
    );
    return IdentityPoolId;
  }

  /** A pool with every member, each map and list with more than one entry where it may. */
  async function fullPool(): Promise<string> {
    const { IdentityPoolId = "" } = await service.sdk.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: "full",
        AllowUnauthenticatedIdentities: true,
        AllowClassicFlow: false,
        SupportedLoginProviders: { [google]: "app.example", [facebook]: "1234567890" },
        DeveloperProviderName: developerProvider,
        OpenIdConnectProviderARNs: [oidc, otherOidc],
        CognitoIdentityProviders: [client, { ...client, ClientId: "second", ServerSideTokenCheck: false }],
        SamlProviderARNs: [saml],
        IdentityPoolTags: { stage: "test", owner: "us" },
      }),
    );
    await service.sdk.send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId,
        Roles: { authenticated: userRole, unauthenticated: guestRole },
        RoleMappings: { [google]: mapping, [facebook]: token },
      }),
    );
    const provider = { IdentityPoolId, IdentityProviderName: google };
    await service.sdk.send(
      new SetPrincipalTagAttributeMapCommand({ ...provider, PrincipalTags: { team: "team", site: "site" } }),
    );
    await service.sdk.send(
      new SetPrincipalTagAttributeMapCommand({ ...provider, IdentityProviderName: facebook, UseDefaults: true }),
    );
    await service.sdk.send(
      new SetPrincipalTagAttributeMapCommand({
        ...provider,
        IdentityProviderName: developerProvider,
        PrincipalTags: { desk: "desk" },
      }),
    );
    return IdentityPoolId;
  }

  /** The usual one has roles, public providers without principal tags, and no role mappings. */
  const pools = { bare: barePool, full: fullPool, usual: () => createPool(service.sdk) };

  /** All that the service says of a pool, as the AWS SDK reads it. */
  async function stateOf(IdentityPoolId: string) {
    const { $metadata: _, ...pool } = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
    const { $metadata: __, ...roles } = await service.sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
    const { Tags } = await service.sdk.send(new ListTagsForResourceCommand({ ResourceArn: arnOf(IdentityPoolId) }));
    const maps = [];
    const developer = pool.DeveloperProviderName ?? [];
    for (const IdentityProviderName of [Object.keys(pool.SupportedLoginProviders ?? {}), developer].flat()) {
      const { $metadata: ___, ...map } = await service.sdk.send(
        new GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName }),
      );
      maps.push(map);
    }
    return { pool, roles, Tags, maps };
  }

  async function change(tool: string, input: Input) {
    const { isError, content, text } = await session.call(tool, input);
    expect({ isError, text }).toMatchObject({ isError: false });
    expect(content).toHaveProperty("approved");
    return content;
  }

  const cases: [tool: string, pool: keyof typeof pools, what: string, input: Input][] = [
    [
      "update-identity-pool",
      "bare",
      "the name and the guests",
      { IdentityPoolName: "x", AllowUnauthenticatedIdentities: true },
    ],
    [
      "update-identity-pool",
      "full",
      "the name and the guests",
      { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false },
    ],
    ["update-identity-pool", "bare", "a flow that was unset", { AllowClassicFlow: true }],
    ["update-identity-pool", "bare", "a flow that was unset, to what it may mean", { AllowClassicFlow: false }],
    ["update-identity-pool", "full", "a flow that was set", { AllowClassicFlow: true }],
    ["update-identity-pool", "full", "a flow unset", { clear: ["AllowClassicFlow"] }],
    [
      "update-identity-pool",
      "bare",
      "members that were absent",
      {
        SupportedLoginProviders: { [google]: "app" },
        OpenIdConnectProviderARNs: [oidc],
        CognitoIdentityProviders: [client],
        SamlProviderARNs: [saml],
        IdentityPoolTags: { a: "b" },
      },
    ],
    ["update-identity-pool", "full", "a provider more", { SupportedLoginProviders: { "www.amazon.com": "amzn1.app" } }],
    ["update-identity-pool", "full", "a provider's app id", { SupportedLoginProviders: { [google]: "another.app" } }],
    [
      "update-identity-pool",
      "full",
      "a provider less",
      { SupportedLoginProviders: { [google]: "app.example" }, clear: ["SupportedLoginProviders"] },
    ],
    [
      "update-identity-pool",
      "full",
      "entries taken out",
      {
        remove: {
          SupportedLoginProviders: [facebook],
          OpenIdConnectProviderARNs: [oidc],
          CognitoIdentityProviders: [{ ProviderName: client.ProviderName, ClientId: "second" }],
          SamlProviderARNs: [saml],
          IdentityPoolTags: ["owner"],
        },
      },
    ],
    [
      "update-identity-pool",
      "full",
      "a member replaced",
      { OpenIdConnectProviderARNs: [otherOidc], replace: ["OpenIdConnectProviderARNs"] },
    ],
    [
      "update-identity-pool",
      "full",
      "a token check",
      { CognitoIdentityProviders: [{ ...client, ServerSideTokenCheck: false }] },
    ],
    ["update-identity-pool", "full", "a client more", { CognitoIdentityProviders: [{ ...client, ClientId: "third" }] }],
    [
      "update-identity-pool",
      "full",
      "the order of a list",
      { OpenIdConnectProviderARNs: [otherOidc, oidc], clear: ["OpenIdConnectProviderARNs"] },
    ],
    ["update-identity-pool", "full", "tags added and replaced", { IdentityPoolTags: { stage: "live", cost: "1" } }],
    [
      "update-identity-pool",
      "full",
      "everything cleared",
      {
        clear: [
          "AllowClassicFlow",
          "SupportedLoginProviders",
          "OpenIdConnectProviderARNs",
          "CognitoIdentityProviders",
          "SamlProviderARNs",
          "IdentityPoolTags",
        ],
      },
    ],
    ["set-identity-pool-roles", "bare", "roles that were absent", { Roles: { authenticated: userRole } }],
    ["set-identity-pool-roles", "usual", "mappings that were absent", { RoleMappings: { [google]: mapping } }],
    ["set-identity-pool-roles", "full", "a role", { Roles: { authenticated: guestRole } }],
    ["set-identity-pool-roles", "full", "a mapping", { RoleMappings: { [google]: token } }],
    ["set-identity-pool-roles", "full", "a role less", { Roles: { authenticated: userRole }, clear: ["Roles"] }],
    [
      "set-identity-pool-roles",
      "full",
      "a mapping and a role taken out",
      { remove: { Roles: ["authenticated"], RoleMappings: [facebook] } },
    ],
    [
      "set-identity-pool-roles",
      "full",
      "a rule more, before the others",
      {
        RoleMappings: {
          [google]: {
            ...mapping,
            RulesConfiguration: { Rules: [{ Claim: "role", MatchType: "Equals", Value: "ops", RoleARN: guestRole }] },
          },
        },
        insertRules: "first",
      },
    ],
    [
      "set-identity-pool-roles",
      "full",
      "a rule's role",
      {
        RoleMappings: {
          [google]: {
            ...mapping,
            RulesConfiguration: { Rules: [{ Claim: "role", MatchType: "Equals", Value: "admin", RoleARN: guestRole }] },
          },
        },
      },
    ],
    ["set-identity-pool-roles", "full", "everything cleared", { clear: ["Roles", "RoleMappings"] }],
    [
      "set-principal-tag-attribute-map",
      "usual",
      "tags that were absent",
      { IdentityProviderName: google, PrincipalTags: { team: "team" } },
    ],
    [
      "set-principal-tag-attribute-map",
      "usual",
      "defaults over nothing",
      { IdentityProviderName: google, UseDefaults: true },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "a tag more and one replaced",
      { IdentityProviderName: google, PrincipalTags: { team: "group", cost: "cost" } },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "a tag less",
      { IdentityProviderName: google, PrincipalTags: { site: "site" }, clear: ["PrincipalTags"] },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "a tag taken out",
      { IdentityProviderName: google, remove: { PrincipalTags: ["team"] } },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "tags cleared",
      { IdentityProviderName: google, UseDefaults: false, clear: ["PrincipalTags"] },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "defaults over tags",
      { IdentityProviderName: google, UseDefaults: true },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "tags over defaults",
      { IdentityProviderName: facebook, PrincipalTags: { team: "team" } },
    ],
    [
      "set-principal-tag-attribute-map",
      "full",
      "nothing over defaults",
      { IdentityProviderName: facebook, UseDefaults: false },
    ],
    ["tag-resource", "bare", "tags that were absent", { Tags: { a: "b", c: "" } }],
    ["tag-resource", "full", "a tag of a pool by its id", { IdentityPoolId: "", Tags: { stage: "live" } }],
    ["untag-resource", "full", "a tag of a pool by its id", { IdentityPoolId: "", TagKeys: ["stage"] }],
    ["tag-resource", "full", "a tag replaced", { Tags: { stage: "live" } }],
    ["tag-resource", "full", "a tag replaced and one added", { Tags: { stage: "live", cost: "1" } }],
    ["untag-resource", "full", "one tag, and one that was absent", { TagKeys: ["stage", "cost"] }],
    ["untag-resource", "full", "all tags", { TagKeys: ["stage", "owner"] }],
  ];

  it.each(cases)("%s takes back, of a %s pool, %s", async (tool, kind, what, input) => {
    const id = await pools[kind]();
    const before = await stateOf(id);
    const byArn = tool.endsWith("tag-resource") && !("IdentityPoolId" in input);
    const { undo } = await change(tool, { ...input, ...(byArn ? { ResourceArn: arnOf(id) } : { IdentityPoolId: id }) });
    expect(await stateOf(id)).not.toStrictEqual(before);
    for (const call of undo as Calls) {
      accepted(call.tool, call.arguments);
      await change(call.tool, call.arguments);
    }
    const after = await stateOf(id);
    // The order of providers has no meaning. It comes back where nothing else changed.
    if (what === "the order of a list") expect(after).toStrictEqual(before);
    expect({ ...after, pool: withSortedLists(after.pool) }).toStrictEqual({
      ...before,
      pool: withSortedLists(before.pool),
    });
  });

  it("untags what came before it tags what was replaced", async () => {
    const ResourceArn = arnOf(await fullPool());
    const { undo } = await change("tag-resource", { ResourceArn, Tags: { stage: "live", cost: "1" } });
    expect(undo).toEqual([
      { tool: "untag-resource", arguments: { ResourceArn, TagKeys: ["cost"] } },
      { tool: "tag-resource", arguments: { ResourceArn, Tags: { stage: "test" } } },
    ]);
  });

  it("an undo carries its own undo", async () => {
    const id = await fullPool();
    const first = await change("update-identity-pool", { IdentityPoolId: id, clear: ["IdentityPoolTags"] });
    const changed = await stateOf(id);
    const [back] = first["undo"] as Calls;
    const second = await change(back?.tool ?? "", back?.arguments ?? {});
    const [again] = second["undo"] as Calls;
    await change(again?.tool ?? "", again?.arguments ?? {});
    expect(await stateOf(id)).toStrictEqual(changed);
  });

  it("a developer provider's name that was unset has none, and the person is told first", async () => {
    const input = {
      IdentityPoolId: await barePool(),
      DeveloperProviderName: developerProvider,
      AllowClassicFlow: true,
    };
    const asked = session.questions.length;
    expect(await change("update-identity-pool", input)).not.toHaveProperty("undo");
    expect(session.questions[asked]?.message).toMatch(/cannot be undone\..*DeveloperProviderName/s);
  });

  it("a value that cannot be shown as it is has none, and the person is told first", async () => {
    const ResourceArn = arnOf(await fullPool());
    await change("tag-resource", { ResourceArn, Tags: { stage: "a\u200bb" } });
    const asked = session.questions.length;
    expect(await change("tag-resource", { ResourceArn, Tags: { stage: "ab" } })).not.toHaveProperty("undo");
    expect(session.questions[asked]?.message).toMatch(/cannot be undone\..*characters/s);
  });

  it("a value that looks like a secret has none, and the person is told first", async () => {
    const ResourceArn = arnOf(await fullPool());
    const Tags = { stage: "AKIAABCDEFGHIJKLMNOP" };
    await service.sdk.send(new TagResourceCommand({ ResourceArn, Tags }));
    const asked = session.questions.length;
    const content = await change("tag-resource", { ResourceArn, Tags: { stage: "live" } });
    expect(session.questions[asked]?.message).toMatch(/cannot be undone\..*looks like a secret/s);
    expect(content).not.toHaveProperty("undo");
    expect(content).toMatchObject({ notes: [expect.stringMatching(/secret/)] });
    expect(JSON.stringify(content)).not.toContain("AKIAABCDEFGHIJKLMNOP");
  });

  it("of what was added leaves what others have added since", async () => {
    const id = await fullPool();
    const ResourceArn = arnOf(id);
    const other = { ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Added", ClientId: "ours" };
    const { undo } = await change("update-identity-pool", {
      IdentityPoolId: id,
      IdentityPoolTags: { ours: "1" },
      CognitoIdentityProviders: [other],
    });
    await service.sdk.send(new TagResourceCommand({ ResourceArn, Tags: { theirs: "2" } }));
    await change("update-identity-pool", {
      IdentityPoolId: id,
      CognitoIdentityProviders: [{ ...other, ClientId: "theirs" }],
    });
    for (const back of undo as { tool: string; arguments: Record<string, unknown> }[])
      await change(back.tool, back.arguments);
    const now = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: id }));
    expect(now.IdentityPoolTags).toMatchObject({ theirs: "2" });
    expect(now.IdentityPoolTags).not.toHaveProperty("ours");
    const clients = now.CognitoIdentityProviders?.map(({ ClientId }) => ClientId) ?? [];
    expect(clients).toContain("theirs");
    expect(clients).not.toContain("ours");
  });

  it("of principal tags leaves those that others have added since", async () => {
    const id = await fullPool();
    const provider = { IdentityPoolId: id, IdentityProviderName: google };
    await change("set-principal-tag-attribute-map", { ...provider, PrincipalTags: { first: "first" } });
    const { undo } = await change("set-principal-tag-attribute-map", { ...provider, PrincipalTags: { ours: "ours" } });
    await change("set-principal-tag-attribute-map", { ...provider, PrincipalTags: { theirs: "theirs" } });
    for (const back of undo as { tool: string; arguments: Record<string, unknown> }[])
      await change(back.tool, back.arguments);
    const { PrincipalTags } = await service.sdk.send(new GetPrincipalTagAttributeMapCommand(provider));
    expect(PrincipalTags).toMatchObject({ first: "first", theirs: "theirs" });
    expect(PrincipalTags).not.toHaveProperty("ours");
  });

  it("a call that was not sent carries none", async () => {
    await using refusing = await startServer({ env: service.env, respond: decline });
    for (const [tool, input] of [
      ["update-identity-pool", { AllowClassicFlow: true }],
      ["delete-identity-pool", {}],
    ] as const) {
      const { content } = await refusing.call(tool, { IdentityPoolId: await fullPool(), ...input });
      expect(content).toHaveProperty("plan");
      expect(JSON.stringify(content)).not.toMatch(/"(undo|recreate)"/);
    }
  });

  it.each(["bare", "full", "usual"] as const)("`recreate` of a deleted %s pool creates a copy of it", async (kind) => {
    const id = await pools[kind]();
    const before = await stateOf(id);
    const content = await change("delete-identity-pool", { IdentityPoolId: id });
    expect(content).not.toHaveProperty("undo");
    const { create, roles, principalTags, note } = content["recreate"] as {
      create: Input;
      roles?: Input;
      principalTags?: Input[];
      note: string;
    };
    expect(note).toMatch(/different id.*identities cannot be restored/s);

    accepted("create-identity-pool", create);
    const { content: made } = await session.call("create-identity-pool", create);
    const IdentityPoolId = made["IdentityPoolId"] as string;
    expect(IdentityPoolId).not.toBe(id);
    if (roles) {
      accepted("set-identity-pool-roles", { IdentityPoolId, ...roles });
      await change("set-identity-pool-roles", { IdentityPoolId, ...roles });
    }
    for (const tags of principalTags ?? [])
      await change("set-principal-tag-attribute-map", { IdentityPoolId, ...tags });
    const after = await stateOf(IdentityPoolId);
    expect(after.maps).toStrictEqual(before.maps.map((map) => ({ ...map, IdentityPoolId })));
    expect(after.pool).toStrictEqual({ ...before.pool, IdentityPoolId });
    expect(after.roles).toStrictEqual({ ...before.roles, IdentityPoolId });
  });
});

describe("for any pool and any change", () => {
  const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
  const ResourceArn = arnOf(IdentityPoolId);
  const IdentityProviderName = google;

  interface Account {
    pool: Input;
    roles: Input;
    map: { UseDefaults: boolean; PrincipalTags: Input };
  }

  /** The members that are not empty, as answers of the service have them. */
  function shown(members: Input): Input {
    return Object.fromEntries(
      Object.entries(members).filter(
        ([, value]) =>
          value !== undefined && !(typeof value === "object" && value !== null && Object.keys(value).length === 0),
      ),
    );
  }

  /** What the reads give, by command; copies, so that nothing is changed by way of an answer. */
  const reads: Readonly<Record<string, (account: Account) => object>> = {
    DescribeIdentityPoolCommand: ({ pool }) => ({ IdentityPoolId, ...shown(pool) }),
    GetIdentityPoolRolesCommand: ({ roles }) => ({ IdentityPoolId, ...shown(roles) }),
    GetPrincipalTagAttributeMapCommand: ({ map }) =>
      shown({ ...map, PrincipalTags: map.UseDefaults ? { client: "aud", username: "sub" } : map.PrincipalTags }),
    ListTagsForResourceCommand: ({ pool }) => ({ Tags: pool["IdentityPoolTags"] ?? {} }),
  };

  const readsOf = (account: Account) =>
    structuredClone(Object.fromEntries(Object.entries(reads).map(([command, read]) => [command, read(account)])));

  /** The writes as AWS does them: what a request leaves out is reset, but for tags and the developer provider's name. */
  const writes: Readonly<Record<string, (account: Account, request: Input) => void>> = {
    UpdateIdentityPoolCommand(account, { IdentityPoolId: _, ...request }) {
      const { IdentityPoolTags, DeveloperProviderName } = account.pool;
      account.pool = { IdentityPoolTags, DeveloperProviderName, ...request };
    },
    SetIdentityPoolRolesCommand(account, { Roles, RoleMappings }) {
      account.roles = { Roles, RoleMappings };
    },
    SetPrincipalTagAttributeMapCommand(account, { UseDefaults = false, PrincipalTags = {} }) {
      account.map = { UseDefaults: UseDefaults === true, PrincipalTags: PrincipalTags as Input };
    },
    TagResourceCommand({ pool }, { Tags }) {
      pool["IdentityPoolTags"] = { ...(pool["IdentityPoolTags"] as Input), ...(Tags as Input) };
    },
    UntagResourceCommand({ pool }, { TagKeys }) {
      const tags = Object.entries((pool["IdentityPoolTags"] as Input | undefined) ?? {});
      pool["IdentityPoolTags"] = Object.fromEntries(tags.filter(([key]) => !(TagKeys as string[]).includes(key)));
    },
  };

  /** Plans a call against the account and, where there is something to do, does it. Gives the plan. */
  async function run(account: Account, name: string, given: Input) {
    const tool = catalogue.find((found) => found.name === name);
    if (!tool || !isGated(tool)) throw new Error(`no gated tool ${name}`);
    const read = ((command: string) => Promise.resolve(readsOf(account)[command])) as unknown as Read;
    const plan = await tool.plan(accepted(name, given), read);
    if (plan.changes.length > 0) writes[tool.command]?.(account, structuredClone<object>(plan.request) as Input);
    return plan;
  }

  // Few names, so that what is there and what is named meet often.
  const key = fc.constantFrom("a", "b", "c", "constructor");
  const provider = fc.constantFrom(google, facebook, "www.amazon.com");
  const value = fc.constantFrom("x", "y", "z");
  const text = fc.dictionary(key, value, { maxKeys: 3 });
  const tags = fc.dictionary(key, fc.constantFrom("", "x", "y", "a\u200bb"), { maxKeys: 3 });
  const clients = fc.array(
    // AWS shows the token check of every client: false where nobody gave it.
    fc.record({ ProviderName: fc.constant(client.ProviderName), ClientId: value, ServerSideTokenCheck: fc.boolean() }),
    { maxLength: 3 },
  );
  const settings = {
    IdentityPoolName: fc.constantFrom("one", "two"),
    AllowUnauthenticatedIdentities: fc.boolean(),
    AllowClassicFlow: fc.boolean(),
    SupportedLoginProviders: fc.dictionary(provider, value, { maxKeys: 3 }),
    OpenIdConnectProviderARNs: fc.array(fc.constantFrom(oidc, otherOidc), { maxLength: 3 }),
    CognitoIdentityProviders: clients,
    SamlProviderARNs: fc.array(fc.constant(saml), { maxLength: 2 }),
    IdentityPoolTags: tags,
    DeveloperProviderName: fc.constantFrom("login.one"),
  };
  const rules = fc
    .record({
      Type: fc.constant("Rules" as const),
      AmbiguousRoleResolution: fc.constantFrom("Deny" as const, "AuthenticatedRole" as const),
      values: fc.uniqueArray(fc.tuple(value, fc.constantFrom(userRole, guestRole)), {
        minLength: 1,
        maxLength: 3,
        selector: ([Value]) => Value,
      }),
    })
    .map(({ values, ...settings }) => ({
      ...settings,
      RulesConfiguration: {
        Rules: values.map(([Value, RoleARN]) => ({ Claim: "role", MatchType: "Equals" as const, Value, RoleARN })),
      },
    }));
  const roles = {
    Roles: fc.record(
      { authenticated: fc.constantFrom(userRole, guestRole), unauthenticated: fc.constantFrom(userRole, guestRole) },
      { requiredKeys: [] },
    ),
    RoleMappings: fc.dictionary(provider, fc.oneof(rules, fc.constantFrom(mapping, token)), { maxKeys: 3 }),
  };
  const map = { UseDefaults: fc.boolean(), PrincipalTags: text };

  const account: fc.Arbitrary<Account> = fc.record({
    pool: fc.record(settings, { requiredKeys: ["IdentityPoolName", "AllowUnauthenticatedIdentities"] }),
    roles: fc.record(roles, { requiredKeys: [] }),
    map: fc.record(map),
  });

  /** Some of `members`, and some of those that can be cleared. */
  function update<Members extends Record<string, fc.Arbitrary<unknown>>>(
    target: Input,
    members: Members,
    clearable: string[],
  ): fc.Arbitrary<Input> {
    return fc
      .tuple(fc.record(members, { requiredKeys: [] }), fc.subarray(clearable))
      .map(([named, clear]) => ({ ...target, ...named, ...(clear.length > 0 && { clear }) }));
  }

  const call: fc.Arbitrary<[string, Input]> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(
        fc.constant("update-identity-pool"),
        update({ IdentityPoolId }, settings, [
          "AllowClassicFlow",
          "SupportedLoginProviders",
          "OpenIdConnectProviderARNs",
          "CognitoIdentityProviders",
          "SamlProviderARNs",
          "IdentityPoolTags",
        ]),
      ),
    },
    fc.tuple(fc.constant("set-identity-pool-roles"), update({ IdentityPoolId }, roles, ["Roles", "RoleMappings"])),
    fc.tuple(
      fc.constant("set-identity-pool-roles"),
      fc
        .record({ key: provider, given: rules, place: fc.constantFrom("first", "last"), removed: fc.option(value) })
        .map(
          ({ key: name, given, place, removed }): Input => ({
            IdentityPoolId,
            RoleMappings: { [name]: given },
            insertRules: place,
            ...(removed !== null && { remove: { RoleMappings: [{ provider: name, Value: removed }] } }),
          }),
        ),
    ),
    fc.tuple(
      fc.constant("set-principal-tag-attribute-map"),
      update({ IdentityPoolId, IdentityProviderName }, map, ["PrincipalTags"]).filter(
        ({ UseDefaults, PrincipalTags }) =>
          (UseDefaults !== undefined || PrincipalTags !== undefined) && !(UseDefaults === true && PrincipalTags),
      ),
    ),
    fc.tuple(
      fc.constant("tag-resource"),
      tags.map((Tags): Input => ({ ResourceArn, Tags })),
    ),
    fc.tuple(
      fc.constant("untag-resource"),
      fc.uniqueArray(key, { maxLength: 3 }).map((TagKeys): Input => ({ ResourceArn, TagKeys })),
    ),
  );

  it("either the undo restores every answer of the service, or the plan says beforehand that there is none", () =>
    fc.assert(
      fc.asyncProperty(account, call, async (given, [tool, input]) => {
        const now = structuredClone(given);
        const answers = () => {
          const reads = readsOf(now);
          return { ...reads, pool: withSortedLists(reads["DescribeIdentityPoolCommand"] ?? {}) };
        };
        const before = answers();
        const plan = await run(now, tool, input).catch((error: unknown) => {
          expect(error).toMatchObject({ name: "ImpossibleChangeError" });
        });
        // A role mapping or principal tags of a provider that the pool does not have.
        if (!plan) return;
        if (plan.undo) {
          expect(plan.reversible).toBe(true);
          for (const back of plan.undo) await run(now, back.tool, back.arguments);
          // As text: a key `constructor` looks to the matcher like a class.
          expect(canonicalJson({ ...answers(), DescribeIdentityPoolCommand: 0 })).toBe(
            canonicalJson({ ...before, DescribeIdentityPoolCommand: 0 }),
          );
          return;
        }
        expect(plan.reversible).toBe(false);
        expect(plan.notes.join(" ")).toMatch(
          /can never be changed or removed|[Nn]o call can restore the (old state|role mapping)/,
        );
        const named = given.pool["DeveloperProviderName"] === undefined && "DeveloperProviderName" in input;
        const left = Object.keys(given.roles["RoleMappings"] ?? {}).some(
          (one) => !Object.hasOwn(given.pool["SupportedLoginProviders"] ?? {}, one),
        );
        expect(named || left || JSON.stringify(given.pool).includes("\u200b")).toBe(true);
      }),
      { numRuns: process.env["LONG"] ? 20_000 : 500 },
    ));

  it("what others have added since stays, but where the undo names the member as cleared or replaced", async () => {
    let kept = 0;
    let replaced = 0;
    await fc.assert(
      fc.asyncProperty(account, call, async (given, [tool, input]) => {
        const now = structuredClone(given);
        const plan = await run(now, tool, input).catch((error: unknown) => {
          expect(error).toMatchObject({ name: "ImpossibleChangeError" });
        });
        if (!plan?.undo || plan.changes.length === 0) return;
        const { pool, roles: held, map: principal } = now;
        const theirs = { Claim: "theirs", MatchType: "Equals", Value: "theirs", RoleARN: userRole };
        pool["SupportedLoginProviders"] = { ...(pool["SupportedLoginProviders"] as Input), "theirs.example": "theirs" };
        pool["IdentityPoolTags"] = { ...(pool["IdentityPoolTags"] as Input), theirs: "theirs" };
        for (const [member, entry] of [
          ["OpenIdConnectProviderARNs", `${oidc}/theirs`],
          ["SamlProviderARNs", `${saml}-theirs`],
          ["CognitoIdentityProviders", { ...client, ClientId: "theirs" }],
        ] as const)
          pool[member] = [...((pool[member] as unknown[] | undefined) ?? []), entry];
        const mappings = (held["RoleMappings"] ?? {}) as Record<string, typeof mapping | typeof token>;
        held["RoleMappings"] = {
          ...Object.fromEntries(
            Object.entries(mappings).map(([name, one]) => [
              name,
              "RulesConfiguration" in one
                ? { ...one, RulesConfiguration: { Rules: [...one.RulesConfiguration.Rules, theirs] } }
                : one,
            ]),
          ),
          "theirs.example": token,
        };
        if (!principal.UseDefaults) principal.PrincipalTags["theirs"] = "theirs";
        const count = () =>
          [pool, now.pool, now.roles, now.map].map((part) => JSON.stringify(part).split("theirs").length);
        for (const back of plan.undo) {
          const { clear = [], replace = [] } = back.arguments as { clear?: string[]; replace?: string[] };
          const removed = (back.arguments["remove"] as Input | undefined)?.["RoleMappings"] as unknown[] | undefined;
          // Whoever takes a mapping back whole, because it was not there, takes its rules too; and the defaults come and go as a whole.
          const isWhole =
            clear.length + replace.length > 0 ||
            removed?.some((one) => typeof one === "string") ||
            JSON.stringify(back.arguments).includes('"Type":"Token"') ||
            "UseDefaults" in back.arguments;
          const before = count();
          await run(now, back.tool, back.arguments);
          if (isWhole) replaced += 1;
          else {
            kept += 1;
            expect(count().slice(1)).toStrictEqual(before.slice(1));
          }
        }
      }),
      { numRuns: process.env["LONG"] ? 10_000 : 500 },
    );
    // Most undo entry by entry.
    expect(kept).toBeGreaterThan(replaced);
  });

  it.each([
    ["a rule added", { RoleMappings: { [google]: rule("ours") } }, undefined],
    ["a rule added first", { RoleMappings: { [google]: rule("ours") }, insertRules: "first" }, undefined],
    ["a rule's role", { RoleMappings: { [google]: rule("admin", guestRole) } }, undefined],
    ["the first rule taken out", { remove: { RoleMappings: [{ provider: google, Value: "admin" }] } }, "first"],
    ["a rule in the middle", { remove: { RoleMappings: [{ provider: google, Value: "ops" }] } }, { after: 1 }],
    ["the last rule", { remove: { RoleMappings: [{ provider: google, Value: "dev" }] } }, undefined],
  ])("a rule that others have added since stays when %s is undone", async (_, change, place) => {
    const now: Account = {
      pool: {
        IdentityPoolName: "one",
        AllowUnauthenticatedIdentities: false,
        SupportedLoginProviders: { [google]: "x" },
      },
      roles: {
        RoleMappings: {
          [google]: {
            ...mapping,
            RulesConfiguration: { Rules: ["admin", "ops", "dev"].flatMap((one) => rule(one).RulesConfiguration.Rules) },
          },
        },
      },
      map: { UseDefaults: false, PrincipalTags: {} },
    };
    const { undo = [] } = await run(now, "set-identity-pool-roles", { IdentityPoolId, ...change });
    await run(now, "set-identity-pool-roles", { IdentityPoolId, RoleMappings: { [google]: rule("theirs") } });
    expect(undo).toHaveLength(1);
    expect(undo[0]?.arguments["insertRules"]).toStrictEqual(place);
    for (const back of undo) await run(now, back.tool, back.arguments);
    const { RoleMappings } = now.roles as { RoleMappings: Record<string, typeof mapping> };
    const rules = RoleMappings[google]?.RulesConfiguration.Rules ?? [];
    expect(rules.map(({ Value, RoleARN }) => [Value, RoleARN]).sort()).toStrictEqual(
      ["admin", "dev", "ops", "theirs"].map((one) => [one, userRole]),
    );
    expect(rules.map(({ Value }) => Value).filter((one) => one !== "theirs")).toStrictEqual(["admin", "ops", "dev"]);
  });

  it.each([
    ["the first entry taken out", { remove: { OpenIdConnectProviderARNs: [oidc] } }],
    ["a list cleared", { clear: ["OpenIdConnectProviderARNs"] }],
    ["another list", { OpenIdConnectProviderARNs: [`${oidc}/new`], clear: ["OpenIdConnectProviderARNs"] }],
    ["a token check", { CognitoIdentityProviders: [{ ...client, ServerSideTokenCheck: false }] }],
    ["an app client taken out", { remove: { CognitoIdentityProviders: [client.ProviderName] } }],
  ])("a provider that others have added since stays when %s is undone", async (_, change) => {
    const now: Account = {
      pool: {
        IdentityPoolName: "one",
        AllowUnauthenticatedIdentities: false,
        OpenIdConnectProviderARNs: [oidc, otherOidc],
        CognitoIdentityProviders: [client, { ...client, ClientId: "second" }],
      },
      roles: {},
      map: { UseDefaults: false, PrincipalTags: {} },
    };
    const before = structuredClone(now.pool);
    const { undo = [] } = await run(now, "update-identity-pool", { IdentityPoolId, ...change });
    const theirs = {
      OpenIdConnectProviderARNs: [`${oidc}/theirs`],
      CognitoIdentityProviders: [{ ...client, ClientId: "theirs" }],
    };
    await run(now, "update-identity-pool", { IdentityPoolId, ...theirs });
    expect(undo).toHaveLength(1);
    for (const back of undo) await run(now, back.tool, back.arguments);
    for (const member of ["OpenIdConnectProviderARNs", "CognitoIdentityProviders"] as const) {
      const expected = [...(before[member] as object[]), ...theirs[member]];
      expect(withSortedLists({ [member]: now.pool[member] })).toStrictEqual(withSortedLists({ [member]: expected }));
    }
  });

  it("with the same entry twice in a list, too", async () => {
    const twice: Account = {
      pool: {
        IdentityPoolName: "one",
        AllowUnauthenticatedIdentities: false,
        SamlProviderARNs: [saml, saml],
        CognitoIdentityProviders: [client, { ...client, ServerSideTokenCheck: false }],
      },
      roles: {},
      map: { UseDefaults: false, PrincipalTags: {} },
    };
    const before = readsOf(twice);
    const more = { SamlProviderARNs: [`${saml}-more`], CognitoIdentityProviders: [{ ...client, ClientId: "another" }] };
    const { undo = [] } = await run(twice, "update-identity-pool", { IdentityPoolId, ...more });
    expect(readsOf(twice)).not.toStrictEqual(before);
    for (const back of undo) await run(twice, back.tool, back.arguments);
    expect(readsOf(twice)).toStrictEqual(before);
  });
});
