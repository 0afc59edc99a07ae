/** Every tool through a real client: a call that works, a bad input, and an error of the service. */
import {
  DescribeIdentityPoolCommand,
  GetIdCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  GetPrincipalTagAttributeMapCommand,
  ListIdentitiesCommand,
  ListTagsForResourceCommand,
  LookupDeveloperIdentityCommand,
} from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  approve,
  arnOf,
  createPool,
  developerProvider,
  guestRole,
  type Service,
  type Session,
  startLiar,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";
import { googleToken } from "../support/tokens.ts";

const nowhere = "eu-west-1:00000000-0000-4000-8000-000000000000";
const google = "accounts.google.com";
const facebook = "graph.facebook.com";

let service: Service;
let session: Session;
let pool: string;

beforeAll(async () => {
  service = await startService();
  session = await startServer({ env: service.env, respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});
beforeEach(async () => {
  pool = await createPool(service.sdk);
});

/** A guest, a Google user or a developer user of the pool, made behind the server's back. */
const guest = async () => (await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }))).IdentityId ?? "";
const signedIn = async (Logins: Record<string, string>) =>
  (await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool, Logins }))).IdentityId ?? "";
const developer = async (user: string) =>
  (
    await service.sdk.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { [developerProvider]: user } }),
    )
  ).IdentityId ?? "";
const describePool = () => service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }));

/** A call whose answer must be a success, a refusal or a failure. */
async function succeed(tool: string, input: Record<string, unknown>) {
  const { isError, content, text } = await session.call(tool, input);
  expect({ isError, text }).toMatchObject({ isError: false });
  expect(JSON.parse(text)).toEqual(content);
  return content;
}
async function refused(tool: string, input: Record<string, unknown>) {
  const before = service.calls.length;
  const { isError, content } = await session.call(tool, input);
  expect({ isError, content }).toMatchObject({ isError: true, content: { refused: expect.any(String) } });
  expect(service.calls.length).toBe(before);
  return content["refused"] as string;
}
async function fails(tool: string, input: Record<string, unknown>) {
  const { isError, content } = await session.call(tool, input);
  expect({ isError, content }).toMatchObject({
    isError: true,
    content: { failed: expect.any(String), next: expect.any(String), requestId: expect.any(String) },
  });
  return content["code"] as string;
}

describe("create-identity-pool", () => {
  it("creates", async () => {
    const { IdentityPoolId } = await succeed("create-identity-pool", {
      IdentityPoolName: "new",
      AllowUnauthenticatedIdentities: false,
      IdentityPoolTags: { a: "b" },
    });
    pool = IdentityPoolId as string;
    expect(await describePool()).toMatchObject({ IdentityPoolName: "new", IdentityPoolTags: { a: "b" } });
  });
  it("in the region asked for", async () => {
    const content = await succeed("create-identity-pool", {
      IdentityPoolName: "far",
      AllowUnauthenticatedIdentities: false,
      region: "ap-southeast-2",
    });
    expect(content).toMatchObject({
      IdentityPoolId: expect.stringMatching(/^ap-southeast-2:/),
      region: "ap-southeast-2",
    });
  });
  it("refuses a name with a slash", async () =>
    expect(
      await refused("create-identity-pool", { IdentityPoolName: "a/b", AllowUnauthenticatedIdentities: true }),
    ).toMatch(/^IdentityPoolName may contain only letters, /));
  it("tells what AWS refuses", async () =>
    expect(
      await fails("create-identity-pool", {
        IdentityPoolName: "x",
        AllowUnauthenticatedIdentities: true,
        IdentityPoolTags: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`tag${at}`, ""])),
      }),
    ).toBe("InvalidParameterException"));
});

describe("list-identity-pools", () => {
  it("lists, sixty at a time unless told otherwise", async () => {
    const { IdentityPools, NextToken } = await succeed("list-identity-pools", { MaxResults: 1 });
    expect(IdentityPools).toHaveLength(1);
    const next = await succeed("list-identity-pools", { MaxResults: 1, NextToken });
    expect(next["IdentityPools"]).not.toEqual(IdentityPools);
    const all = await succeed("list-identity-pools", {});
    expect(all["IdentityPools"]).toContainEqual({ IdentityPoolId: pool, IdentityPoolName: "pool" });
  });
  it("refuses 61 at a time", async () =>
    expect(await refused("list-identity-pools", { MaxResults: 61 })).toMatch(/^MaxResults must be at most 60\.$/));
  it("tells of a token that is none", async () => {
    const { content } = await session.call("list-identity-pools", { NextToken: "none" });
    expect(content).toMatchObject({
      failed: "AWS rejected a value in the call. It is one of these: MaxResults, NextToken.",
      next: expect.stringMatching(/^NextToken must come from the previous answer of the same list\./),
      code: "InvalidParameterException",
    });
  });
});

describe("describe-identity-pool", () => {
  it("describes", async () =>
    expect(await succeed("describe-identity-pool", { IdentityPoolId: pool })).toEqual({
      IdentityPoolId: pool,
      IdentityPoolName: "pool",
      AllowUnauthenticatedIdentities: true,
      SupportedLoginProviders: { [facebook]: "1234567890", [google]: "app.example" },
      DeveloperProviderName: developerProvider,
      IdentityPoolTags: { stage: "test" },
    }));
  it("tells a user pool apart", async () =>
    expect(await refused("describe-identity-pool", { IdentityPoolId: "eu-west-1_AbCdEfGhI" })).toMatch(/user pool/));
  it("tells of a pool that is not there", async () =>
    expect(await fails("describe-identity-pool", { IdentityPoolId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("update-identity-pool", () => {
  it("changes what is named, and that alone", async () => {
    const before = await describePool();
    await succeed("update-identity-pool", { IdentityPoolId: pool, AllowClassicFlow: false });
    const after = await describePool();
    expect({ ...after, $metadata: 0 }).toEqual({ ...before, AllowClassicFlow: false, $metadata: 0 });
  });
  it("adds to maps, and empties what clear names", async () => {
    await succeed("update-identity-pool", {
      IdentityPoolId: pool,
      SupportedLoginProviders: { "www.amazon.com": "amzn1.app" },
    });
    expect(Object.keys((await describePool()).SupportedLoginProviders ?? {})).toHaveLength(3);
    await succeed("update-identity-pool", {
      IdentityPoolId: pool,
      SupportedLoginProviders: { "www.amazon.com": "amzn1.app" },
      clear: ["SupportedLoginProviders", "IdentityPoolTags"],
    });
    const pruned = await describePool();
    expect(pruned.SupportedLoginProviders).toEqual({ "www.amazon.com": "amzn1.app" });
    expect(pruned.IdentityPoolTags ?? {}).toEqual({});
  });
  it("says when nothing would change, and asks nobody", async () => {
    const asked = session.questions.length;
    const content = await succeed("update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "pool" });
    expect(content).toMatchObject({ unchanged: expect.any(String) });
    expect(session.questions.length).toBe(asked);
  });
  it("takes an empty clear for none", async () => {
    const content = await succeed("update-identity-pool", { IdentityPoolId: pool, clear: [] });
    expect(content).toMatchObject({ unchanged: expect.any(String) });
  });
  it("refuses a member it does not know, and lists those it does", async () =>
    expect(await refused("update-identity-pool", { IdentityPoolId: pool, AllowGuests: true })).toMatch(
      /AllowGuests: .*AllowUnauthenticatedIdentities/,
    ));
  it("refuses another developer provider before anybody is asked", async () => {
    const asked = session.questions.length;
    const change = { IdentityPoolId: pool, DeveloperProviderName: "other" };
    const { isError, content } = await session.call("update-identity-pool", change);
    expect(isError).toBe(true);
    expect(content).toEqual({
      refused: expect.stringMatching(
        /^This pool already has the DeveloperProviderName "[\w.]+"\. AWS does not allow it to be changed\. Nothing was sent\.$/,
      ),
      next: "Leave DeveloperProviderName out, or create another pool.",
    });
    expect(session.questions.length).toBe(asked);
  });
  it("tells what AWS refuses", async () =>
    expect(await fails("update-identity-pool", { IdentityPoolId: nowhere, IdentityPoolName: "x" })).toBe(
      "ResourceNotFoundException",
    ));
});

describe("delete-identity-pool", () => {
  it("deletes", async () => {
    await succeed("delete-identity-pool", { IdentityPoolId: pool });
    await expect(describePool()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
  it("refuses a call without an id", async () =>
    expect(await refused("delete-identity-pool", {})).toBe("IdentityPoolId is required."));
  it("tells of a pool that is not there", async () =>
    expect(await fails("delete-identity-pool", { IdentityPoolId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("get-identity-pool-roles", () => {
  it("shows the roles", async () =>
    expect(await succeed("get-identity-pool-roles", { IdentityPoolId: pool })).toMatchObject({
      Roles: { authenticated: userRole, unauthenticated: guestRole },
    }));
  it("refuses an id that is none", async () =>
    expect(await refused("get-identity-pool-roles", { IdentityPoolId: "pool" })).toMatch(/REGION:GUID/));
  it("tells of a pool that is not there", async () =>
    expect(await fails("get-identity-pool-roles", { IdentityPoolId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("set-identity-pool-roles", () => {
  const rule = { Claim: "aud", MatchType: "Equals", Value: "x", RoleARN: userRole };
  const rolesNow = () => service.sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId: pool }));

  it("sets one role and keeps the other, and the mappings", async () => {
    const RoleMappings = {
      [google]: { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules: [rule] } },
    };
    await succeed("set-identity-pool-roles", { IdentityPoolId: pool, RoleMappings });
    await succeed("set-identity-pool-roles", { IdentityPoolId: pool, Roles: { authenticated: guestRole } });
    expect(await rolesNow()).toMatchObject({
      Roles: { authenticated: guestRole, unauthenticated: guestRole },
      RoleMappings,
    });
    await succeed("set-identity-pool-roles", { IdentityPoolId: pool, clear: ["RoleMappings"] });
    expect((await rolesNow()).RoleMappings ?? {}).toEqual({});
  });
  it("refuses a role for anybody else", async () =>
    expect(await refused("set-identity-pool-roles", { IdentityPoolId: pool, Roles: { admin: userRole } })).toMatch(
      /admin/,
    ));
  it("refuses 26 rules for a provider", async () =>
    expect(
      await refused("set-identity-pool-roles", {
        IdentityPoolId: pool,
        RoleMappings: { [google]: { Type: "Rules", RulesConfiguration: { Rules: Array(26).fill(rule) } } },
      }),
    ).toMatch(/Rules may have at most 25 entries\.$/));
  it("refuses a mapping key with https://", async () =>
    expect(
      await refused("set-identity-pool-roles", {
        IdentityPoolId: pool,
        RoleMappings: { "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a:b": { Type: "Token" } },
      }),
    ).toMatch(/does not begin with https:\/\//));
  it("tells what AWS refuses", async () =>
    expect(
      await fails("set-identity-pool-roles", { IdentityPoolId: nowhere, Roles: { authenticated: userRole } }),
    ).toBe("ResourceNotFoundException"));
});

describe("get-principal-tag-attribute-map", () => {
  const IdentityProviderName = google;
  it("shows the map", async () =>
    expect(
      await succeed("get-principal-tag-attribute-map", { IdentityPoolId: pool, IdentityProviderName }),
    ).toMatchObject({ IdentityPoolId: pool, IdentityProviderName }));
  it("refuses a call without a provider", async () =>
    expect(await refused("get-principal-tag-attribute-map", { IdentityPoolId: pool })).toBe(
      "IdentityProviderName is required.",
    ));
  it("tells of a pool that is not there", async () =>
    expect(await fails("get-principal-tag-attribute-map", { IdentityPoolId: nowhere, IdentityProviderName })).toBe(
      "ResourceNotFoundException",
    ));
});

describe("set-principal-tag-attribute-map", () => {
  const IdentityProviderName = google;
  const mapNow = () =>
    service.sdk.send(new GetPrincipalTagAttributeMapCommand({ IdentityPoolId: pool, IdentityProviderName }));

  it("adds tags to those there, takes the defaults, and leaves them", async () => {
    const call = { IdentityPoolId: pool, IdentityProviderName };
    await succeed("set-principal-tag-attribute-map", { ...call, PrincipalTags: { team: "team" } });
    await succeed("set-principal-tag-attribute-map", { ...call, PrincipalTags: { site: "site" } });
    expect((await mapNow()).PrincipalTags).toEqual({ team: "team", site: "site" });
    await succeed("set-principal-tag-attribute-map", { ...call, UseDefaults: true });
    expect(await mapNow()).toMatchObject({ UseDefaults: true });
    await succeed("set-principal-tag-attribute-map", { ...call, PrincipalTags: { team: "team" } });
    expect(await mapNow()).toMatchObject({ UseDefaults: false, PrincipalTags: { team: "team" } });
    await succeed("set-principal-tag-attribute-map", {
      ...call,
      clear: ["PrincipalTags"],
      PrincipalTags: { site: "site" },
    });
    expect((await mapNow()).PrincipalTags).toEqual({ site: "site" });
  });
  it("refuses a call that sets nothing", async () =>
    expect(await refused("set-principal-tag-attribute-map", { IdentityPoolId: pool, IdentityProviderName })).toMatch(
      /pass PrincipalTags, UseDefaults or remove/,
    ));
  it("tells of a pool that is not there", async () =>
    expect(
      await fails("set-principal-tag-attribute-map", {
        IdentityPoolId: nowhere,
        IdentityProviderName,
        UseDefaults: true,
      }),
    ).toBe("ResourceNotFoundException"));
});

describe("list-tags-for-resource, tag-resource, untag-resource", () => {
  const tagsNow = async () =>
    (await service.sdk.send(new ListTagsForResourceCommand({ ResourceArn: arnOf(pool) }))).Tags ?? {};

  it("list", async () =>
    expect(await succeed("list-tags-for-resource", { ResourceArn: arnOf(pool) })).toEqual({
      Tags: { stage: "test" },
    }));
  it("tag", async () => {
    await succeed("tag-resource", { ResourceArn: arnOf(pool), Tags: { owner: "us" } });
    expect(await tagsNow()).toEqual({ stage: "test", owner: "us" });
  });
  it("untag", async () => {
    await succeed("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["stage"] });
    expect(await tagsNow()).toEqual({});
  });
  it.each([
    ["list-tags-for-resource", {}],
    ["tag-resource", { Tags: { a: "b" } }],
    ["untag-resource", { TagKeys: ["a"] }],
  ])("%s refuses an ARN of something else, and tells of a pool that is not there", async (tool, rest) => {
    const userPool = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_a";
    expect(await refused(tool, { ResourceArn: userPool, ...rest })).toMatch(/ARN of a user pool/);
    expect(await fails(tool, { ResourceArn: arnOf(nowhere), ...rest })).toBe("ResourceNotFoundException");
  });
});

describe("get-id", () => {
  it("makes a guest", async () =>
    expect(await succeed("get-id", { IdentityPoolId: pool })).toEqual({
      IdentityId: expect.stringMatching(/^eu-west-1:/),
    }));
  it("finds the same user again", async () => {
    const Logins = { [google]: googleToken("one") };
    const first = await succeed("get-id", { IdentityPoolId: pool, Logins });
    expect(await succeed("get-id", { IdentityPoolId: pool, Logins })).toEqual(first);
  });
  it("refuses an account id with letters", async () =>
    expect(await refused("get-id", { IdentityPoolId: pool, AccountId: "abc" })).toMatch(
      /^AccountId may contain only digits\.$/,
    ));
  it("tells of a provider that the pool does not have", async () => {
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins: { "www.amazon.com": "a-token" } });
    expect(content).toMatchObject({
      code: "NotAuthorizedException",
      failed: expect.stringMatching(/provider or app client/),
    });
  });
});

describe("list-identities", () => {
  it("lists", async () => {
    const ids = [await guest(), await guest()];
    const { Identities } = await succeed("list-identities", { IdentityPoolId: pool });
    expect((Identities as { IdentityId: string }[]).map(({ IdentityId }) => IdentityId).sort()).toEqual(ids.sort());
    expect(Identities).toMatchObject([{ CreationDate: expect.stringMatching(/^\d{4}-.*Z$/) }, {}]);
  });
  it("refuses text for a switch", async () =>
    expect(await refused("list-identities", { IdentityPoolId: pool, HideDisabled: "yes" })).toMatch(
      /^HideDisabled must be true or false, not text\.$/,
    ));
  it("tells of a pool that is not there", async () =>
    expect(await fails("list-identities", { IdentityPoolId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("describe-identity", () => {
  it("describes", async () => {
    const IdentityId = await signedIn({ [google]: googleToken("one") });
    expect(await succeed("describe-identity", { IdentityId })).toMatchObject({ IdentityId, Logins: [google] });
  });
  it("refuses an id that is too long", async () =>
    expect(await refused("describe-identity", { IdentityId: `eu-west-1:${"0".repeat(60)}` })).toMatch(
      /^IdentityId must have at most 55 characters\.$/,
    ));
  it("tells of an identity that is not there", async () =>
    expect(await fails("describe-identity", { IdentityId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("delete-identities", () => {
  it("deletes those that exist, and says which were not found", async () => {
    const ids = [await guest(), await guest()];
    const content = await succeed("delete-identities", { IdentityIdsToDelete: [...ids, nowhere] });
    expect(content).toMatchObject({
      approved: { action: "Delete 2 identities" },
      notes: [`Not found, so not deleted: ${nowhere}.`],
    });
    const { Identities } = await service.sdk.send(new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60 }));
    expect(Identities ?? []).toEqual([]);
  });
  it("refuses none, more than the operator allows, and two regions at once", async () => {
    expect(await refused("delete-identities", { IdentityIdsToDelete: [] })).toMatch(
      /^IdentityIdsToDelete needs at least one entry\.$/,
    );
    expect(await refused("delete-identities", { IdentityIdsToDelete: Array(61).fill(nowhere) })).toMatch(
      /^IdentityIdsToDelete may have at most 60 entries/,
    );
    expect(await refused("delete-identities", { IdentityIdsToDelete: [nowhere, nowhere.replace("eu", "us")] })).toMatch(
      /eu-west-1.*us-west-1/,
    );
  });
  it("tells what AWS refuses", async () => {
    await using liar = await startLiar(400, { __type: "TooManyRequestsException", message: "Rate exceeded" });
    const { isError, content } = await liar.session.call("delete-identities", { IdentityIdsToDelete: [nowhere] });
    expect(isError).toBe(true);
    expect(content).toMatchObject({ code: "TooManyRequestsException", failed: expect.stringMatching(/throttled/) });
  });
  it("sends nothing where nothing is there", async () =>
    expect(await succeed("delete-identities", { IdentityIdsToDelete: [nowhere] })).toEqual({
      unchanged: "None of these identities exists, so nothing was sent.",
      notes: [`Not found, so not deleted: ${nowhere}.`],
    }));
});

describe("unlink-identity", () => {
  const Logins = { [google]: googleToken("user"), [facebook]: "facebook-token-of-the-user" };

  it("unlinks", async () => {
    const IdentityId = await signedIn(Logins);
    await succeed("unlink-identity", { IdentityId, Logins, LoginsToRemove: [facebook] });
    expect(await succeed("describe-identity", { IdentityId })).toMatchObject({ Logins: [google] });
  });
  it("refuses an empty token", async () =>
    expect(
      await refused("unlink-identity", { IdentityId: nowhere, Logins: { [google]: "" }, LoginsToRemove: [google] }),
    ).toMatch(/^Logins\.accounts\.google\.com must not be empty\.$/));
  it("tells of a login of somebody else", async () => {
    const IdentityId = await signedIn(Logins);
    expect(
      await fails("unlink-identity", {
        IdentityId,
        Logins: { [google]: googleToken("another") },
        LoginsToRemove: [google],
      }),
    ).toBe("NotAuthorizedException");
  });
});

describe("get-credentials-for-identity", () => {
  it("vends, and shows no secret", async () => {
    expect(await succeed("get-credentials-for-identity", { IdentityId: await guest() })).toEqual({
      IdentityId: expect.stringMatching(/^eu-west-1:/),
      Credentials: {
        AccessKeyId: expect.stringMatching(/^….{4}$/),
        SecretKey: "[redacted]",
        SessionToken: "[redacted]",
        Expiration: expect.stringMatching(/Z$/),
      },
      handle: expect.stringMatching(/^[\w-]{22}$/),
      expires: expect.stringMatching(/Z$/),
      use: [expect.stringMatching(/ --exec CMD…$/), expect.stringMatching(/^credential_process = /)],
    });
  });
  it("refuses a role ARN that is none", async () =>
    expect(await refused("get-credentials-for-identity", { IdentityId: nowhere, CustomRoleArn: "admin" })).toMatch(
      /^CustomRoleArn must be an ARN such as /,
    ));
  it("tells of an identity that is not there", async () =>
    expect(await fails("get-credentials-for-identity", { IdentityId: nowhere })).toBe("ResourceNotFoundException"));
});

describe("get-open-id-token", () => {
  it("vends, and shows no token", async () =>
    expect(await succeed("get-open-id-token", { IdentityId: await guest() })).toMatchObject({ Token: "[redacted]" }));
  it("refuses a list of logins", async () =>
    expect(await refused("get-open-id-token", { IdentityId: nowhere, Logins: ["a"] })).toMatch(
      /^Logins must be an object, not a list\.$/,
    ));
  it("tells that the classic flow is closed", async () => {
    await succeed("update-identity-pool", { IdentityPoolId: pool, AllowClassicFlow: false });
    const { content } = await session.call("get-open-id-token", { IdentityId: await guest() });
    expect(content).toMatchObject({ code: "InvalidParameterException", failed: expect.stringMatching(/classic/) });
  });
});

describe("get-open-id-token-for-developer-identity", () => {
  it("vends, and shows no token", async () => {
    const content = await succeed("get-open-id-token-for-developer-identity", {
      IdentityPoolId: pool,
      Logins: { [developerProvider]: "user-1" },
      TokenDuration: 60,
    });
    expect(content).toMatchObject({ IdentityId: expect.stringMatching(/^eu-west-1:/), Token: "[redacted]" });
    expect(content["use"]).toEqual([expect.stringMatching(/ token [\w-]{22}$/)]);
    expect(Date.parse(String(content["expires"])) - Date.now()).toBeLessThan(61_000);
  });
  it("does not take the user's name for a secret", async () => {
    await succeed("get-open-id-token-for-developer-identity", {
      IdentityPoolId: pool,
      Logins: { [developerProvider]: "user-with-a-long-name" },
    });
    expect(
      await succeed("lookup-developer-identity", {
        IdentityPoolId: pool,
        DeveloperUserIdentifier: "user-with-a-long-name",
      }),
    ).toMatchObject({ DeveloperUserIdentifierList: ["user-with-a-long-name"] });
  });
  it("refuses a token for two days", async () =>
    expect(
      await refused("get-open-id-token-for-developer-identity", {
        IdentityPoolId: pool,
        Logins: { [developerProvider]: "user" },
        TokenDuration: 172_800,
      }),
    ).toMatch(/^TokenDuration must be at most 86400\.$/));
  it("tells of a provider that is not the pool's", async () => {
    const { content } = await session.call("get-open-id-token-for-developer-identity", {
      IdentityPoolId: pool,
      Logins: { "login.other.app": "user" },
    });
    expect(content).toMatchObject({ failed: expect.stringMatching(/not the developer provider/) });
    expect(content).not.toHaveProperty("logins");
  });
});

describe("lookup-developer-identity", () => {
  it("finds by user and by identity", async () => {
    const IdentityId = await developer("user-1");
    const found = { IdentityId, DeveloperUserIdentifierList: ["user-1"] };
    expect(
      await succeed("lookup-developer-identity", { IdentityPoolId: pool, DeveloperUserIdentifier: "user-1" }),
    ).toEqual(found);
    expect(await succeed("lookup-developer-identity", { IdentityPoolId: pool, IdentityId })).toEqual(found);
  });
  it("refuses a call with neither", async () =>
    expect(await refused("lookup-developer-identity", { IdentityPoolId: pool })).toMatch(
      /pass IdentityId or DeveloperUserIdentifier/,
    ));
  it("tells of a user that is not there", async () =>
    expect(await fails("lookup-developer-identity", { IdentityPoolId: pool, DeveloperUserIdentifier: "nobody" })).toBe(
      "ResourceNotFoundException",
    ));
});

describe("merge-developer-identities", () => {
  const call = () => ({
    IdentityPoolId: pool,
    DeveloperProviderName: developerProvider,
    SourceUserIdentifier: "old",
    DestinationUserIdentifier: "new",
  });

  it("merges", async () => {
    await developer("old");
    const destination = await developer("new");
    expect(await succeed("merge-developer-identities", call())).toMatchObject({ IdentityId: destination });
    const found = await service.sdk.send(
      new LookupDeveloperIdentityCommand({ IdentityPoolId: pool, IdentityId: destination }),
    );
    expect(found.DeveloperUserIdentifierList?.sort()).toEqual(["new", "old"]);
  });
  it("refuses an empty user", async () =>
    expect(await refused("merge-developer-identities", { ...call(), SourceUserIdentifier: "" })).toMatch(
      /^SourceUserIdentifier must not be empty\.$/,
    ));
  it("tells of a user that is not there", async () =>
    expect(await fails("merge-developer-identities", call())).toBe("ResourceNotFoundException"));
});

describe("unlink-developer-identity", () => {
  const call = (IdentityId: string) => ({
    IdentityId,
    IdentityPoolId: pool,
    DeveloperProviderName: developerProvider,
    DeveloperUserIdentifier: "user-1",
  });

  it("unlinks", async () => {
    const IdentityId = await developer("user-1");
    await succeed("unlink-developer-identity", call(IdentityId));
    expect(await fails("lookup-developer-identity", { IdentityPoolId: pool, DeveloperUserIdentifier: "user-1" })).toBe(
      "ResourceNotFoundException",
    );
  });
  it("refuses a pool and an identity of two regions", async () =>
    expect(await refused("unlink-developer-identity", call(nowhere.replace("eu", "us")))).toMatch(/us-west-1/));
  it("tells of an identity that is not there", async () =>
    expect(await fails("unlink-developer-identity", call(nowhere))).toBe("ResourceNotFoundException"));
});
