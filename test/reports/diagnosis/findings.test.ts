/** What a finding says beside its branch: the alternative that holds, a fix that fits the account, and nothing twice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { branches } from "../../../src/reports/diagnosis/catalogue.ts";
import {
  type Account,
  COGNITO,
  diagnoseAccount,
  GUESTS,
  guestStatement,
  POOL,
  sound,
  trustOf,
  USER_POOL,
  USERS,
  userStatement,
} from "./account.ts";
import { cases, guest, guests, REFUSED, rules } from "./cases.ts";

const login = { login: "login:ANA", provider: USER_POOL };
const KEY = `${USER_POOL}:client1`;

describe.each(cases)("$name", ({ account, input }) => {
  it("has each fix once", async () => {
    const { causes } = await diagnoseAccount(account, input);
    const fixes = causes.flatMap(({ fix }) => fix).filter((fix) => fix["advice"] === undefined);
    expect(fixes).toEqual([...new Map(fixes.map((fix) => [JSON.stringify(fix), fix])).values()]);
    expect(causes.filter(({ fix }) => fix.length === 0)).toEqual([]);
  });

  it("says which alternative of the branch holds", async () => {
    const { causes } = await diagnoseAccount(account, input);
    const general = new Set(branches.filter(({ id }) => several.includes(id)).map(({ cause }) => cause));
    // A text alone does not tell.
    const shown = causes.filter(
      ({ certainty, evidence }) => certainty === "found" && evidence["errorText"] === undefined,
    );
    expect(shown.filter(({ cause }) => general.has(cause))).toEqual([]);
  });

  it("names nothing of a trust policy by the text alone where one cause is certain", async () => {
    const { causes } = await diagnoseAccount(account, { ...input, errorText: REFUSED });
    const trust = causes.filter(({ branch, certainty }) => certainty === "found" && /^B(19|2[0-4])$/.test(branch));
    const others = causes.filter(
      ({ branch, evidence }) =>
        branch === "B25" || (/^B(19|2[0-4])$/.test(branch) && evidence["errorText"] !== undefined),
    );
    expect(trust.length > 0 ? others : []).toEqual([]);
  });

  it("has the person asked before something is repaired", async () => {
    const { causes, next } = await diagnoseAccount(account, input);
    expect(/^Tell the person the first cause and its fix\. Only if they want it repaired, /.test(next)).toBe(
      causes.some(({ certainty }) => certainty === "found"),
    );
  });

  it("tells who can apply a fix of IAM", async () => {
    const { causes, next } = await diagnoseAccount(account, input);
    expect(next.includes("person with IAM permissions")).toBe(
      causes.some(({ fix }) => fix.some((one) => "iam" in one)),
    );
  });
});

/** The branches with alternatives in their sentence. */
const several = ["B9", "B19", "B22", "B23", "B24", "B26", "B28"];

it("no sentence has a text of the account", () =>
  fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[a-z]{12,20}$/),
      fc.constantFrom("guest", "user"),
      fc.constantFrom("Sid", "Principal", "Action", "value", "key", "Deny"),
      async (words, kind, where) => {
        const statement = {
          Sid: { Sid: words, Action: "sts:AssumeRole" },
          Principal: { Principal: { Federated: words } },
          Action: { Action: `sts:${words}` },
          value: { Condition: { StringEquals: { [`${COGNITO}:sub`]: words } } },
          key: { Condition: { StringEquals: { [`${words}:aud`]: POOL } } },
          Deny: { Effect: "Deny", Sid: words },
        }[where];
        const trust = { [GUESTS]: trustOf(guestStatement(statement)), [USERS]: trustOf(userStatement(statement)) };
        const { causes, summary, next } = await diagnoseAccount(
          { trust, identities: { "eu-west-1:x": [USER_POOL] } },
          { kind, errorText: REFUSED },
        );
        expect(causes.length).toBeGreaterThan(0);
        expect(JSON.stringify([summary, next, causes.map(({ cause }) => cause)])).not.toContain(words);
      },
    ),
  ));

it("a wrong name of the service is one finding, in the principal and in the keys", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        "cognito-identity-us-gov.amazonaws.com",
        "cognito-identity.us-gov-east-1.amazonaws.com",
        "cognito-identity.amazon.com",
        "cognito-idp.amazonaws.com",
      ),
      fc.subarray(["aud", "amr"]),
      async (name, claims) => {
        const key = (claim: string) => `${claims.includes(claim) ? name : COGNITO}:${claim}`;
        const statement = guestStatement({
          Principal: { Federated: name },
          Condition: {
            StringEquals: { [key("aud")]: POOL },
            "ForAnyValue:StringLike": { [key("amr")]: "unauthenticated" },
          },
        });
        const { causes } = await diagnoseAccount(guests(statement), { ...guest, errorText: REFUSED });
        expect(causes).toMatchObject([
          { branch: "B19", evidence: { inThePolicy: [{ Federated: name }], inTheRequest: { Federated: COGNITO } } },
        ]);
        expect(causes[0]?.evidence["keys"] ?? []).toEqual(claims.map((claim) => `${name}:${claim}`));
        expect(/and condition keys begin with the same wrong name\.$/.test(causes[0]?.cause ?? "")).toBe(
          claims.length > 0,
        );
      },
    ),
  ));

it("a client id is added with the token check of the user pool's other clients", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 3 }), fc.boolean(), async (checks, foreign) => {
      const CognitoIdentityProviders = [
        ...checks.map((check, at) => ({ ProviderName: USER_POOL, ClientId: `own${at}`, ServerSideTokenCheck: check })),
        { ProviderName: `${USER_POOL}x`, ClientId: "other", ServerSideTokenCheck: foreign },
      ];
      const { causes } = await diagnoseAccount({ pool: { ...sound.pool, CognitoIdentityProviders } }, login);
      expect(causes[0]).toMatchObject({
        branch: "B9",
        fix: [
          {
            arguments: {
              CognitoIdentityProviders: [
                { ProviderName: USER_POOL, ClientId: "client1", ServerSideTokenCheck: !checks.includes(false) },
              ],
            },
          },
        ],
      });
    }),
  ));

describe("where no role is set", () => {
  it("the trust policy of a new role lets the identity in, with its tags", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom("guest", "user", "developer"),
        fc.subarray(["team", "site"]),
        async (kind, tags) => {
          const account: Partial<Account> = {
            roles: {},
            trust: {},
            tags: { [USER_POOL]: Object.fromEntries(tags.map((tag) => [tag, `custom:${tag}`])) },
          };
          const provider = kind === "user" ? { provider: USER_POOL } : {};
          const input = { kind, ...provider };
          const [cause] = (await diagnoseAccount(account, input)).causes;
          expect(cause?.cause).toMatch(/^No role is set for (guests|users): Roles\.\w+ is missing\.$/);
          const member = kind === "guest" ? "unauthenticated" : "authenticated";
          const create = cause?.fix.find(({ iam }) => iam === "iam:CreateRole");
          const repaired = {
            ...account,
            roles: { [member]: USERS },
            trust: { [USERS]: trustOf(create?.["statement"]) },
          };
          expect((await diagnoseAccount(repaired, input)).causes).toEqual([]);
        },
      ),
    ));
});

describe("rules of a mapping", () => {
  const named = ["custom:team", "cognito:groups"];
  const ruleOf = (Claim: string, Value: string, name: string) => ({
    Claim,
    MatchType: "Equals",
    Value,
    RoleARN: `arn:aws:iam::123456789012:role/${name}`,
  });

  it("stand beside what the token has for their claims, and for no other", () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...named), { minLength: 1 }),
        fc.stringMatching(/^[a-z]{10}$/),
        fc.option(fc.stringMatching(/^[a-z]{10}$/)),
        fc.constantFrom("Deny", "AuthenticatedRole"),
        async (asked, personal, given, AmbiguousRoleResolution) => {
          fc.pre(personal !== given);
          const list = asked.map((claim) => ruleOf(claim, "another value", "a"));
          const claims = { ...sound.claims, email: personal, ...(given !== null && { [asked[0] ?? ""]: [given] }) };
          const { causes } = await diagnoseAccount(
            { mappings: { [KEY]: { ...rules(...list), AmbiguousRoleResolution } }, claims },
            { ...login, errorText: "wrong role" },
          );
          const shown = asked.map((claim, at) => ({
            rule: at + 1,
            claim,
            match: "Equals",
            value: "another value",
            inTheToken: at === 0 && given !== null ? [given] : null,
          }));
          expect(causes.map(({ evidence }) => evidence["rules"])).toContainEqual(shown);
          expect(JSON.stringify(causes)).not.toContain(personal);
        },
      ),
    ));

  it("about a claim that every object inherits match no token without it", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom("constructor", "toString", "hasOwnProperty", "__proto__"),
        fc.constantFrom("Equals", "NotEqual", "StartsWith", "Contains"),
        fc.constantFrom("", "function", "[object"),
        async (claim, MatchType, value) => {
          const { causes } = await diagnoseAccount(
            { mappings: { [KEY]: rules({ ...ruleOf(claim, value, "a"), MatchType, RoleARN: USERS }) } },
            login,
          );
          expect(causes).toMatchObject([
            { branch: "B17", evidence: { rulesThatMatch: 0, rules: [{ claim, inTheToken: null }] } },
            { branch: "B18", evidence: { ruleThatMatches: null } },
          ]);
        },
      ),
    ));

  const both = {
    mappings: {
      [KEY]: {
        ...rules(ruleOf("custom:team", "blue", "first"), ruleOf("custom:site", "north", "second")),
        AmbiguousRoleResolution: "AuthenticatedRole",
      },
    },
    claims: { ...sound.claims, "custom:team": "blue", "custom:site": "north" },
  };

  it.each([
    ["wrong role", "found"],
    [undefined, "possible"],
  ])("that match before a later one are, for %s, %s", async (errorText, certainty) => {
    const { causes } = await diagnoseAccount(both, { ...login, errorText });
    expect(causes.filter(({ branch }) => branch === "B18")).toMatchObject([
      { certainty, evidence: { ruleThatMatches: 1, laterRulesThatMatch: [{ rule: 2 }] } },
    ]);
  });

  it("that match alone are only possible", async () => {
    const { causes } = await diagnoseAccount(
      { ...both, claims: { ...both.claims, "custom:site": "south" } },
      { ...login, errorText: "wrong role" },
    );
    expect(causes.filter(({ branch }) => branch === "B18")).toMatchObject([{ certainty: "possible" }]);
  });
});

it("to open the classic flow is never offered without what it opens", async () => {
  const { causes } = await diagnoseAccount(
    { pool: { ...sound.pool, AllowClassicFlow: false } },
    { kind: "user", provider: USER_POOL, flow: "classic" },
  );
  expect(causes[0]).toMatchObject({
    branch: "B26",
    fix: [
      { advice: expect.stringContaining("GetCredentialsForIdentity") },
      { tool: "update-identity-pool", arguments: { AllowClassicFlow: true } },
      { advice: expect.stringContaining("any role whose trust policy lets it in") },
    ],
  });
});

it("the limit of guests is said to be that of the enhanced flow alone", async () => {
  const { causes } = await diagnoseAccount(
    {},
    {
      ...guest,
      errorText:
        "User: arn:aws:sts::123456789012:assumed-role/guests/x is not authorized to perform: ssm:GetParameter because no session policy allows the ssm:GetParameter action",
    },
  );
  expect(causes[0]).toMatchObject({ branch: "B27", fix: [{ advice: expect.stringContaining("classic flow") }] });
});
