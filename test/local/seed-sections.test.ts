/** The lists of a seed beside `pools`: what `state` gives of them makes the same records, with every member. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { withTexts } from "../../src/local/iam/seed.ts";
import { sections } from "../../src/local/seed.ts";
import { createDocuments, type Documents } from "../../src/local/state/documents.ts";
import { trust } from "./iam/support.ts";

const own = "000000000000";
const now = () => new Date(0);

type Lists = Readonly<Record<string, readonly object[]>>;

function load(lists: Lists): Documents {
  const documents = createDocuments();
  for (const [name, section] of Object.entries(sections))
    for (const entry of lists[name] ?? [])
      section.load(withTexts(entry) as Record<string, unknown>, { accountId: own, documents, now });
  return documents;
}

const recordsOf = (documents: Documents) =>
  new Map(
    [...documents.snapshot()].flatMap((change) =>
      "document" in change ? [[change.document.join(), change.value]] : [],
    ),
  );

const optional = <Members extends object>(members: { [Name in keyof Members]: fc.Arbitrary<Members[Name]> }) =>
  fc.record(members, { requiredKeys: [] });
const place = optional({
  Partition: fc.constantFrom("aws", "aws-cn", "aws-us-gov"),
  AccountId: fc.constantFrom(own, "111111111111"),
});
const Tags = fc.constant([{ Key: "team", Value: "blue" }]);
const Path = fc.constantFrom("/", "/app/", "/a/b/");
const Description = fc.constantFrom("", "text");
const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }] };
const trustPolicy = trust("us-east-1:1", "unauthenticated");
const policyDocument = fc.constantFrom<unknown>(document, JSON.stringify(document, null, 1));

/** The entries with names of their own, so that no two are the same. */
const listOf = (entry: fc.Arbitrary<object>, name: (at: number) => object) =>
  fc
    .array(fc.tuple(entry, place), { maxLength: 4 })
    .map((entries) => entries.map(([one, where], at) => ({ ...one, ...where, ...name(at) })));

const lists = fc.record({
  policies: fc.oneof(
    listOf(
      fc
        .tuple(policyDocument, optional({ Path, Description, Tags }))
        .map(([PolicyDocument, rest]) => ({ PolicyDocument, ...rest })),
      (at) => ({ PolicyName: `P${at}` }),
    ),
    fc.constant([{ PolicyName: "ReadOnlyAccess", AccountId: "aws", PolicyDocument: document }]),
  ),
  samlProviders: listOf(optional({ Tags }), (at) => ({
    Name: `idp${at}`,
    SAMLMetadataDocument: `<EntityDescriptor entityID="x">${" ".repeat(1000)}</EntityDescriptor>`,
  })),
  oidcProviders: listOf(
    optional({ Tags, ClientIDList: fc.constant(["c", "d"]), ThumbprintList: fc.constant(["0".repeat(40)]) }),
    (at) => ({ Url: `https://login.example.com/${at}` }),
  ),
  roles: listOf(
    optional({
      Path,
      Description,
      Tags,
      MaxSessionDuration: fc.constantFrom(3600, 7200),
      Policies: fc.constant(["7", "__proto__", "z"].map((PolicyName) => ({ PolicyName, PolicyDocument: document }))),
      ManagedPolicyArns: fc.constant(["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"]),
    }),
    (at) => ({ RoleName: `Role${at}`, AssumeRolePolicyDocument: trustPolicy }),
  ),
  userPools: fc
    .array(
      optional({
        MfaConfiguration: fc.constant("ON"),
        LambdaConfig: fc.constant({ PreSignUp: "arn" }),
        Schema: fc.constant([{ Name: "team", Mutable: true }]),
        Clients: fc.constant([{ ClientId: "c", ClientName: "web", AccessTokenValidity: 1 }]),
        Groups: fc.constant([
          { GroupName: "b", Precedence: 1 },
          { GroupName: "a", Description: "text" },
        ]),
      }),
      { maxLength: 3 },
    )
    .map((pools) => pools.map((pool, at) => ({ ...pool, UserPoolId: `eu-west-1_P${at}`, PoolName: "people" }))),
});

it("every list makes the records that it describes", () => {
  const described = new Set<string>();
  fc.assert(
    fc.property(lists, (given) => {
      const documents = load(given);
      const again = Object.fromEntries(
        Object.entries(sections).map(([name, { describe }]) => [name, describe(documents, own)]),
      );
      expect(recordsOf(load(again))).toEqual(recordsOf(documents));
      for (const [name, entries] of Object.entries(again))
        for (const entry of entries) for (const member of Object.keys(entry)) described.add(`${name}.${member}`);
    }),
    { numRuns: 300 },
  );
  // The generated lists have every member but those of user pools, which are kept as they are.
  const wanted = Object.entries(sections).flatMap(([name, { members }]) =>
    name === "userPools" ? [] : Object.keys(members).map((member) => `${name}.${member}`),
  );
  expect([...described]).toEqual(expect.arrayContaining(wanted));
});
