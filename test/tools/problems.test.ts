/** What is said about wrong arguments: plain words, the right member, and never a value. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listTool } from "../../src/mcp/tool-listing.ts";
import { readArguments } from "../../src/tools/arguments.ts";
import { catalogue } from "../../src/tools/catalogue.ts";

const pool = "eu-west-1:00000000-0000-4000-8000-000000000000";
const google = "accounts.google.com";

function problemsOf(name: string, given: unknown): string[] {
  const tool = catalogue.find((found) => found.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const read = readArguments(tool, given);
  return "problems" in read ? read.problems : [];
}

/** Words of the validator, which mean nothing to a reader. */
const jargon = /expected|received|Invalid|Too (big|small)|pattern|[<>]=|undefined|record|must be of/;

describe("a wrong argument is told of in plain words", () => {
  it.each<readonly [string, object, string[]]>([
    ["list-identity-pools", { MaxResults: 61 }, ["MaxResults must be at most 60."]],
    ["list-identity-pools", { MaxResults: 0 }, ["MaxResults must be at least 1."]],
    ["list-identity-pools", { MaxResults: 1.5 }, ["MaxResults must be a whole number."]],
    ["list-identity-pools", { MaxResults: "9" }, ["MaxResults must be a number, not text, without quotes."]],
    ["list-identity-pools", { nameContains: 7 }, ["nameContains must be text, not a number."]],
    ["list-identity-pools", { nameContains: null }, ["nameContains must be text, not null."]],
    ["list-identity-pools", { NextToken: "a b" }, ["NextToken may not contain spaces."]],
    ["list-identity-pools", { region: "moon" }, ["region must be a region such as eu-west-1."]],
    ["delete-identities", { IdentityIdsToDelete: [] }, ["IdentityIdsToDelete needs at least one entry."]],
    [
      "delete-identities",
      { IdentityIdsToDelete: Array(61).fill(pool) },
      ["IdentityIdsToDelete may have at most 60 entries."],
    ],
    ["delete-identities", { IdentityIdsToDelete: [pool, ""] }, ["IdentityIdsToDelete[1] must not be empty."]],
    [
      "set-principal-tag-attribute-map",
      { IdentityPoolId: pool, IdentityProviderName: google, PrincipalTags: { x: "" } },
      ["PrincipalTags.x must not be empty."],
    ],
    [
      "set-principal-tag-attribute-map",
      { IdentityPoolId: pool, IdentityProviderName: google, PrincipalTags: { "": "sub" } },
      ["PrincipalTags: a key must not be empty."],
    ],
    [
      "get-id",
      { IdentityPoolId: pool, Logins: Object.fromEntries([...Array(11).keys()].map((at) => [`p${at}.example`, "t"])) },
      ["Logins may have at most 10 entries."],
    ],
    [
      "update-identity-pool",
      { IdentityPoolId: pool, IdentityPoolName: "a/b" },
      ["IdentityPoolName may contain only letters, digits, spaces and _ + = , . @ -."],
    ],
    [
      "update-identity-pool",
      { IdentityPoolId: pool, clear: ["IdentityPoolName"] },
      [
        'clear: "IdentityPoolName" cannot be cleared. It can contain AllowClassicFlow, SupportedLoginProviders, OpenIdConnectProviderARNs, CognitoIdentityProviders, SamlProviderARNs and IdentityPoolTags.',
      ],
    ],
    [
      "set-identity-pool-roles",
      { IdentityPoolId: pool, clear: ["roles"] },
      [
        "clear: an entry is not a member that can be cleared. Did you mean Roles? It can contain Roles and RoleMappings.",
      ],
    ],
    [
      "set-identity-pool-roles",
      { IdentityPoolId: pool, RoleMappings: { [google]: { Type: "rules" } } },
      [`RoleMappings.${google}.Type must be Token or Rules.`],
    ],
    [
      "tag-resource",
      { ResourceArn: "arn:aws:iam::123456789012:role/NAME", Tags: {} },
      [
        "ResourceArn is not the ARN of an identity pool. Use arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID, or IdentityPoolId in place of ResourceArn.",
      ],
    ],
    [
      "update-identity-pool",
      { IdentityPoolId: pool, SamlProviderARNs: ["mine"] },
      [
        "SamlProviderARNs[0] must be the ARN of the provider in IAM, such as arn:aws:iam::123456789012:saml-provider/NAME, not its name alone.",
      ],
    ],
    [
      "describe-identity-pool",
      { IdentityPoolID: pool },
      [
        "IdentityPoolId is required.",
        "IdentityPoolID: not a member of describe-identity-pool. Did you mean IdentityPoolId?",
        "Its members are IdentityPoolId and everything.",
      ],
    ],
    [
      "set-identity-pool-roles",
      { IdentityPoolId: pool, RoleMappings: { [google]: { Type: "Token", Ambiguous: "Deny" } } },
      [
        `RoleMappings.${google}.Ambiguous: not a member of this object. Did you mean AmbiguousRoleResolution?`,
        "Its members are Type, AmbiguousRoleResolution and RulesConfiguration.",
      ],
    ],
    [
      "set-identity-pool-roles",
      { IdentityPoolId: pool, Roles: { Authenticated: "arn:aws:iam::123456789012:role/NAME" } },
      [
        "Roles.Authenticated: not a member of this object. Did you mean authenticated?",
        "Its members are authenticated and unauthenticated.",
      ],
    ],
  ])("%s %j", (name, given, problems) => expect(problemsOf(name, given)).toEqual(problems));

  it("not an object", () =>
    expect(problemsOf("list-identity-pools", "all")).toEqual(["The value of arguments must be an object, not text."]));
});

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
}

/** A text that no schema of this server mentions. */
const canary = fc.stringMatching(/^Zq[a-z0-9]{10}!{0,1}$/);

/** Values of any form for a schema, right and wrong, with the canary in each text. */
function anyFor(schema: JsonSchema, text: string): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom<unknown>(text, `${text};${text}`, text.repeat(20), "", 7, 1.5, true, null, [text], {
    [google]: text,
  });
  const inner = schema.properties
    ? fc.record(
        Object.fromEntries(Object.entries(schema.properties).map(([key, member]) => [key, anyFor(member, text)])),
        { requiredKeys: [] },
      )
    : schema.items
      ? fc.array(anyFor(schema.items, text), { maxLength: 3 })
      : schema.additionalProperties
        ? fc.dictionary(fc.constantFrom(google, "", "a;b", "www.amazon.com"), anyFor(schema.additionalProperties, text))
        : wrong;
  return fc.oneof({ weight: 3, arbitrary: inner }, { weight: 1, arbitrary: wrong });
}

describe.each(catalogue.map((tool) => [tool.name, tool] as const))("for any arguments of %s", (_, tool) => {
  const schema = listTool(tool).inputSchema as JsonSchema;

  it("the problems are plain sentences, each once, and repeat no value", () =>
    fc.assert(
      fc.property(
        canary.chain((text) => fc.tuple(fc.constant(text), anyFor(schema, text))),
        ([text, given]) => {
          const read = readArguments(tool, given);
          if (!("problems" in read)) return;
          expect(read.problems.length).toBeGreaterThan(0);
          expect(new Set(read.problems).size).toBe(read.problems.length);
          for (const problem of read.problems) {
            expect(problem).toMatch(/[.?]$/);
            expect(problem).not.toMatch(jargon);
            expect(problem).not.toContain(text);
          }
        },
      ),
      { numRuns: process.env["LONG"] ? 5000 : 200 },
    ));

  it("a member in other letters is suggested", () => {
    for (const member of Object.keys(schema.properties ?? {}))
      expect(problemsOf(tool.name, { [member.toUpperCase()]: 1 }).join(" ")).toContain(
        `${member.toUpperCase()}: not a member of ${tool.name}. Did you mean ${member}?`,
      );
  });
});
