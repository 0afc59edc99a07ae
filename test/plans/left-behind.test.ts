/** What a removed provider leaves behind, what a deleted pool's copy needs, and the names of providers, told and sent as AWS takes them. */
import { SetIdentityPoolRolesCommand, SetPrincipalTagAttributeMapCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Read } from "../../src/plans/command.ts";
import { planDelete, planUpdate } from "../../src/plans/identity-pools.ts";
import { planSetMap } from "../../src/plans/principal-tags.ts";
import {
  approve,
  createPool,
  type Service,
  type Session,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Aaaaaaaaa";
const host = "issuer.example";
const oidc = `arn:aws:iam::000000000000:oidc-provider/${host}`;
const client = (ClientId: string) => ({ ProviderName: userPool, ClientId });

const pool = {
  IdentityPoolId,
  IdentityPoolName: "photos",
  AllowUnauthenticatedIdentities: false,
  SupportedLoginProviders: { [google]: "a", [facebook]: "b", "api.twitter.com": "KEY;SECRET" },
  CognitoIdentityProviders: [client("one"), client("two")],
  OpenIdConnectProviderARNs: [oidc],
};

type Tags = Readonly<Record<string, object | Error>>;
const refusal = (name: string) => Object.assign(new Error(name), { name });

/** A reader of the pool with these principal tags by provider; a provider that is not named has none, as AWS says it. */
function reader(tags: Tags, mappings: object | Error = {}, asked: string[] = []): Read {
  return (async (command: string, request: { IdentityProviderName: string }) => {
    if (command === "DescribeIdentityPoolCommand") return pool;
    if (command === "GetIdentityPoolRolesCommand") {
      if (mappings instanceof Error) throw mappings;
      return { RoleMappings: mappings };
    }
    if (command !== "GetPrincipalTagAttributeMapCommand") return {};
    asked.push(request.IdentityProviderName);
    const found = tags[request.IdentityProviderName] ?? refusal("ResourceNotFoundException");
    if (found instanceof Error) throw found;
    return found;
  }) as Read;
}

const notesOn = async (call: object, tags: Tags = {}, mappings: object | Error = {}) =>
  (await planUpdate({ IdentityPoolId, ...call }, reader(tags, mappings))).notes.filter((note) =>
    /left behind|Left behind|keep existing/.test(note),
  );

const token = { Type: "Token", AmbiguousRoleResolution: "Deny" };

describe("a provider that is removed", () => {
  it.each<[string, object]>([
    ["by remove", { remove: { SupportedLoginProviders: [google] } }],
    [
      "by replace",
      {
        replace: ["SupportedLoginProviders"],
        SupportedLoginProviders: { [facebook]: "b", "api.twitter.com": "KEY;SECRET" },
      },
    ],
    [
      "by clear",
      {
        clear: ["SupportedLoginProviders"],
        SupportedLoginProviders: { [facebook]: "b", "api.twitter.com": "KEY;SECRET" },
      },
    ],
  ])("%s leaves its mapping, its tags and its identities", async (_, call) => {
    const tags = {
      [google]: { UseDefaults: false, PrincipalTags: { team: "team" } },
      [facebook]: { UseDefaults: true },
    };
    expect(await notesOn(call, tags, { [google]: token, [facebook]: token })).toEqual([
      `Left behind: the role mapping of "${google}". AWS takes no change of the roles while it is there: remove it with set-identity-pool-roles, remove {RoleMappings: [KEY]}.`,
      `Left behind: the principal tags of "${google}".`,
      `Identities that signed in by "${google}" keep existing, but nobody can sign in to them by it any more.`,
    ]);
  });

  it("leaves the user pool with its other app client, and only the mapping of the removed one", async () => {
    const key = `${userPool}:one`;
    const notes = await notesOn(
      { remove: { CognitoIdentityProviders: [client("one")] } },
      { [userPool]: { UseDefaults: true } },
      { [key]: token, [`${userPool}:two`]: token },
    );
    expect(notes).toEqual([expect.stringContaining(`the role mapping of "${key}"`)]);
  });

  it("of IAM is named by its ARN for tags, and by its host for logins", async () => {
    const notes = await notesOn({ remove: { OpenIdConnectProviderARNs: [oidc] } }, { [oidc]: { UseDefaults: true } });
    expect(notes).toEqual([
      `Left behind: the principal tags of "${oidc}".`,
      expect.stringContaining(`signed in by "${host}"`),
    ]);
  });

  it("says what could not be read", async () => {
    const denied = refusal("AccessDeniedException");
    expect(await notesOn({ remove: { SupportedLoginProviders: [google] } }, { [google]: denied }, denied)).toEqual([
      "Whether a role mapping is left behind could not be read.",
      `Whether principal tags of "${google}" are left behind could not be read.`,
      expect.stringContaining("keep existing"),
    ]);
    const slow = refusal("TooManyRequestsException");
    await expect(notesOn({ remove: { SupportedLoginProviders: [google] } }, { [google]: slow })).rejects.toBe(slow);
  });

  it("is not one if nothing is removed", async () => {
    const asked: string[] = [];
    const plan = await planUpdate(
      { IdentityPoolId, SupportedLoginProviders: { "www.amazon.com": "c" } },
      reader({}, {}, asked),
    );
    expect(asked).toEqual([]);
    expect(plan.notes.join(" ")).not.toMatch(/eft behind|keep existing/);
  });

  it("of Twitter shows no secret, and another one keeps it", async () => {
    const removed = await planUpdate(
      { IdentityPoolId, remove: { SupportedLoginProviders: ["api.twitter.com"] } },
      reader({}),
    );
    expect(JSON.stringify([removed.changes, removed.notes, removed.facts, removed.undo])).not.toContain("SECRET");
    expect(removed.reversible).toBe(false);
    const kept = await planUpdate({ IdentityPoolId, remove: { SupportedLoginProviders: [google] } }, reader({}));
    expect(kept.request.SupportedLoginProviders).toEqual({ [facebook]: "b", "api.twitter.com": "KEY;SECRET" });
    expect(JSON.stringify([kept.changes, kept.notes, kept.undo])).not.toContain("SECRET");
    const replaced = await planUpdate(
      {
        IdentityPoolId,
        replace: ["SupportedLoginProviders"],
        SupportedLoginProviders: { "api.twitter.com": "KEY;OTHER-SECRET" },
      },
      reader({}),
    );
    expect(JSON.stringify([replaced.changes, replaced.notes, replaced.undo])).not.toContain("SECRET");
  });
});

describe("the deletion of a pool", () => {
  it("reads the principal tags of each provider, and keeps them for a copy", async () => {
    const asked: string[] = [];
    const tags = {
      [google]: { UseDefaults: true, PrincipalTags: { client: "aud" } },
      [oidc]: { UseDefaults: false, PrincipalTags: { a: "b" } },
    };
    const plan = await planDelete({ IdentityPoolId }, reader(tags, {}, asked));
    expect(asked.toSorted()).toEqual([google, facebook, "api.twitter.com", userPool, oidc].toSorted());
    expect(plan.recreate).toMatchObject({
      principalTags: [
        { IdentityProviderName: oidc, PrincipalTags: { a: "b" } },
        { IdentityProviderName: google, UseDefaults: true },
      ],
    });
    expect(plan.changes.map(({ path }) => path)).toContain(`PrincipalTags.${oidc}.PrincipalTags.a`);
    expect(JSON.stringify(plan)).not.toMatch(/principal tags[^"]*cannot be restored/);
  });

  it("is another plan if principal tags change", async () => {
    const one = await planDelete({ IdentityPoolId }, reader({ [google]: { PrincipalTags: { a: "b" } } }));
    const other = await planDelete({ IdentityPoolId }, reader({ [google]: { PrincipalTags: { a: "c" } } }));
    expect(one.state).not.toEqual(other.state);
  });

  it("says which principal tags could not be read", async () => {
    const plan = await planDelete({ IdentityPoolId }, reader({ [google]: refusal("AccessDeniedException") }));
    expect(plan.notes.join(" ")).toContain(`The principal tags of "${google}" could not be read.`);
    expect(JSON.stringify(plan.recreate)).toContain("could not be read and are missing");
  });
});

describe("the provider of principal tags", () => {
  it.each([
    [host, oidc],
    [oidc, oidc],
    [google, google],
    [userPool, userPool],
  ])("%s is sent as %s", async (asked, sent) => {
    const plan = await planSetMap({ IdentityPoolId, IdentityProviderName: asked, UseDefaults: true }, reader({}));
    expect(plan.request.IdentityProviderName).toBe(sent);
  });
});

describe("through a server", () => {
  let service: Service;
  let session: Session;
  let id: string;
  const requests: [string, unknown][] = [];

  beforeAll(async () => {
    service = await startService({ onCall: (operation, input) => requests.push([operation, input]) });
    id = await createPool(service.sdk);
    session = await startServer({ env: service.env, respond: approve });
    await session.call("update-identity-pool", { IdentityPoolId: id, OpenIdConnectProviderARNs: [oidc] });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  it.each([host, oidc])("the tags of %s are set and read by its ARN", async (IdentityProviderName) => {
    const PrincipalTags = { by: IdentityProviderName.length > 20 ? "arn" : "host" };
    await session.call("set-principal-tag-attribute-map", { IdentityPoolId: id, IdentityProviderName, PrincipalTags });
    const { content } = await session.call("get-principal-tag-attribute-map", {
      IdentityPoolId: id,
      IdentityProviderName,
    });
    expect(content).toMatchObject({ IdentityProviderName: oidc, PrincipalTags });
    const sent = requests.filter(([operation]) => /PrincipalTagAttributeMap$/.test(operation));
    expect(sent.length).toBeGreaterThan(0);
    for (const [, input] of sent) expect(input).toMatchObject({ IdentityProviderName: oidc });
  });

  it("a removed provider's remains are before the person", async () => {
    await service.sdk.send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId: id,
        Roles: { authenticated: userRole },
        RoleMappings: { [google]: { Type: "Token", AmbiguousRoleResolution: "Deny" } },
      }),
    );
    await service.sdk.send(
      new SetPrincipalTagAttributeMapCommand({ IdentityPoolId: id, IdentityProviderName: google, UseDefaults: true }),
    );
    const asked = session.questions.length;
    const { content } = await session.call("update-identity-pool", {
      IdentityPoolId: id,
      remove: { SupportedLoginProviders: [google, "www.amazon.com"] },
    });
    expect(session.questions[asked]?.message).toMatch(
      /Left behind: the role mapping.*Left behind: the principal tags.*keep existing/s,
    );
    expect(content["SupportedLoginProviders"]).toEqual({ "graph.facebook.com": "1234567890" });
    expect(content["notes"]).toEqual([
      expect.stringContaining('Not there, so not removed: SupportedLoginProviders "www.amazon.com".'),
    ]);
    // Whoever goes on with the roles is told what must go first.
    const next = await session.call("set-identity-pool-roles", {
      IdentityPoolId: id,
      Roles: { authenticated: userRole.replace("users", "others") },
    });
    expect(next.content).toMatchObject({
      refused: expect.stringContaining(google),
      next: expect.stringContaining("remove.RoleMappings"),
    });
    const both = await session.call("set-identity-pool-roles", {
      IdentityPoolId: id,
      remove: { RoleMappings: [google] },
    });
    expect(both.content).toHaveProperty("approved");
  });

  it("a removal of what is not there sends nothing and names it", async () => {
    const asked = session.questions.length;
    const { content } = await session.call("update-identity-pool", {
      IdentityPoolId: id,
      remove: { IdentityPoolTags: ["nope"] },
    });
    expect(content).toEqual({
      unchanged: expect.stringContaining("nothing was sent"),
      notes: ['Not there, so not removed: IdentityPoolTags "nope". It has "stage".'],
    });
    expect(session.questions.length).toBe(asked);
  });

  it("a new pool's answer says that the classic flow is open, unless it was decided", async () => {
    const pool = { IdentityPoolName: "new", AllowUnauthenticatedIdentities: false };
    const open = await session.call("create-identity-pool", pool);
    expect(open.content["notes"]).toEqual([
      expect.stringMatching(/classic\) flow of this pool is open, because AllowClassicFlow is not set/),
    ]);
    for (const AllowClassicFlow of [true, false]) {
      const decided = await session.call("create-identity-pool", { ...pool, AllowClassicFlow });
      expect(decided.content).not.toHaveProperty("notes");
    }
  });
});
